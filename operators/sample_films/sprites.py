"""Drawn things that move through a shot, each a small plate with soft edges."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.sample_films.photographs import Picture
from operators.sample_films.plans import Colour, SpritePlan

_CANVAS = 256
_FINE = 4


def draw_sprite(frame: Picture, sprite: SpritePlan, time: float) -> None:
    """Draws ``sprite`` into ``frame`` ``(H, W, 3) uint8`` as it is at ``time`` frames after the shot's first."""
    height, width = frame.shape[:2]
    size = max(sprite.size * height, 4.0)
    sway = sprite.bob * math.sin(0.21 * time + 7 * sprite.x)
    x = sprite.x * width + sprite.dx * time
    y = sprite.y * height + sprite.dy * time + sway
    reach = math.ceil(0.75 * size)
    left, top = max(int(x) - reach, 0), max(int(y) - reach, 0)
    right, bottom = min(int(x) + reach, width), min(int(y) + reach, height)
    if left >= right or top >= bottom:
        return
    plate = _plate(sprite.shape, sprite.colour, int(size))
    scale, angle = size / plate.shape[0], math.radians(sprite.spin * time)
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    middle = (plate.shape[0] - 1) / 2
    turn = np.array(
        [[cos, -sin, x - left - cos * middle + sin * middle], [sin, cos, y - top - sin * middle - cos * middle]]
    )
    put = cv2.warpAffine(plate, turn, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    lay_over(frame[top:bottom, left:right], np.asarray(put, dtype=np.uint8))


def lay_over(frame: Picture, plate: Picture) -> None:
    """Lays a premultiplied ``(h, w, 4) uint8`` plate over ``frame`` ``(h, w, 3) uint8`` in place."""
    rest = cv2.cvtColor(255 - plate[:, :, 3], cv2.COLOR_GRAY2RGB)
    cv2.add(cv2.multiply(frame, rest, scale=1 / 255), plate[:, :, :3], dst=frame)


def premultiplied(colours: NDArray[np.float64], alpha: NDArray[np.float64]) -> Picture:
    """Colours ``(h, w, 3)`` 0-255 and alpha ``(h, w)`` 0-1 as one ``(h, w, 4) uint8`` plate."""
    plate = np.concatenate([colours * alpha[:, :, None], 255 * alpha[:, :, None]], axis=2)
    return np.asarray(np.clip(np.rint(plate), 0, 255), dtype=np.uint8)


@lru_cache(maxsize=64)
def _plate(shape: str, colour: Colour, size: int) -> Picture:
    fine = np.zeros((_CANVAS * _FINE, _CANVAS * _FINE, 4), dtype=np.uint8)
    SHAPES[shape](Pen(fine), colour)
    small = cv2.resize(fine, (_CANVAS, _CANVAS), interpolation=cv2.INTER_AREA)
    while small.shape[0] > 2 * size:
        small = cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
    alpha = small[:, :, 3].astype(np.float64) / 255
    colours = small[:, :, :3].astype(np.float64) / np.maximum(alpha, 1 / 255)[:, :, None]
    return premultiplied(np.minimum(colours, 255), alpha)


class Pen:
    """Draws on a square whose sides are 1, opaque."""

    def __init__(self, canvas: Picture) -> None:
        self._canvas, self._side = canvas, canvas.shape[0]

    def polygon(self, points: list[tuple[float, float]], colour: Colour) -> None:
        corners = np.array([[self._at(x), self._at(y)] for x, y in points], dtype=np.int32)
        cv2.fillPoly(self._canvas, [corners], (*colour, 255))

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, turn: float = 0.0) -> None:
        centre, axes = (self._at(x), self._at(y)), (self._at(rx), self._at(ry))
        cv2.ellipse(self._canvas, centre, axes, turn, 0, 360, (*colour, 255), -1)

    def line(self, points: list[tuple[float, float]], thickness: float, colour: Colour) -> None:
        corners = np.array([[self._at(x), self._at(y)] for x, y in points], dtype=np.int32)
        cv2.polylines(self._canvas, [corners], False, (*colour, 255), self._at(thickness))

    def _at(self, value: float) -> int:
        place: int = round(value * self._side)
        return place


def _shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1, towards white above."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    part = factor - 1
    return (
        int(colour[0] + part * (255 - colour[0])),
        int(colour[1] + part * (255 - colour[1])),
        int(colour[2] + part * (255 - colour[2])),
    )


def _ball(pen: Pen, colour: Colour) -> None:
    for step in range(24):
        part = step / 23
        radius = 0.45 * (1 - 0.8 * part)
        pen.ellipse(0.5 - 0.12 * part, 0.5 - 0.12 * part, radius, radius, _shade(colour, 0.55 + 0.95 * part))


def _balloon(pen: Pen, colour: Colour) -> None:
    pen.line([(0.5, 0.66), (0.52, 0.76), (0.48, 0.86), (0.5, 0.99)], 0.012, (225, 225, 225))
    pen.polygon([(0.5, 0.62), (0.455, 0.7), (0.545, 0.7)], _shade(colour, 0.6))
    for step in range(20):
        part = step / 19
        pen.ellipse(0.5 - 0.07 * part, 0.36 - 0.09 * part, 0.28 * (1 - 0.85 * part), 0.32 * (1 - 0.85 * part),
                    _shade(colour, 0.7 + 0.75 * part))  # fmt: skip


def _bird(pen: Pen, colour: Colour) -> None:
    left = [(0.5, 0.52), (0.36, 0.38), (0.18, 0.34), (0.02, 0.42), (0.18, 0.4), (0.34, 0.48), (0.48, 0.62)]
    pen.polygon(left, colour)
    pen.polygon([(1 - x, y) for x, y in left], colour)
    pen.ellipse(0.5, 0.57, 0.045, 0.1, colour)


def _paper_plane(pen: Pen, colour: Colour) -> None:
    pen.polygon([(0.98, 0.4), (0.02, 0.3), (0.3, 0.5)], _shade(colour, 1.3))
    pen.polygon([(0.98, 0.4), (0.3, 0.5), (0.28, 0.74)], _shade(colour, 0.55))
    pen.polygon([(0.98, 0.4), (0.36, 0.54), (0.5, 0.78)], _shade(colour, 0.85))


def _kite(pen: Pen, colour: Colour) -> None:
    pen.line([(0.5, 0.7), (0.46, 0.8), (0.54, 0.88), (0.49, 0.99)], 0.014, (235, 225, 200))
    pen.polygon([(0.5, 0.04), (0.76, 0.3), (0.5, 0.72)], colour)
    pen.polygon([(0.5, 0.04), (0.24, 0.3), (0.5, 0.72)], _shade(colour, 0.7))
    pen.polygon([(0.5, 0.3), (0.76, 0.3), (0.5, 0.72)], _shade(colour, 1.35))


def _star(pen: Pen, colour: Colour) -> None:
    for factor, reach in ((0.75, 0.48), (1.15, 0.4)):
        corners = []
        for corner in range(10):
            radius = reach * (1.0 if corner % 2 == 0 else 0.45)
            angle = math.tau * corner / 10 - math.pi / 2
            corners.append((0.5 + radius * math.cos(angle), 0.5 + radius * math.sin(angle)))
        pen.polygon(corners, _shade(colour, factor))


def _leaf(pen: Pen, colour: Colour) -> None:
    upper = [(0.05 + 0.9 * t, 0.5 - 0.24 * math.sin(math.pi * t)) for t in np.linspace(0, 1, 30)]
    lower = [(0.95 - 0.9 * t, 0.5 + 0.24 * math.sin(math.pi * t)) for t in np.linspace(0, 1, 30)]
    pen.polygon(upper + lower, colour)
    pen.polygon([*lower, (0.05, 0.5)], _shade(colour, 0.72))
    pen.line([(0.0, 0.5), (0.95, 0.5)], 0.012, _shade(colour, 0.45))


SHAPES: dict[str, Callable[[Pen, Colour], None]] = {
    "ball": _ball,
    "balloon": _balloon,
    "bird": _bird,
    "kite": _kite,
    "leaf": _leaf,
    "paper_plane": _paper_plane,
    "star": _star,
}
