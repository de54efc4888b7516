"""Parallax: drawn layers between camera and photograph. A layer repeats sideways and upwards, so it never ends."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.sample_films.photographs import Picture
from operators.sample_films.plans import LayerPlan
from operators.sample_films.sprites import lay_over, premultiplied

Alpha = NDArray[np.float64]

_STANDING = ("hills", "fence", "leaves")


def draw_layer(frame: Picture, layer: LayerPlan, shift: tuple[float, float], time: float) -> None:
    """Lays the layer over ``frame`` ``(H, W, 3) uint8``; ``shift`` is the camera's since frame 0, in pixels."""
    height, width = frame.shape[:2]
    x = layer.depth * shift[0] - layer.dx * time
    y = layer.depth * shift[1] - layer.dy * time
    move = np.array([[1.0, 0.0, x % (2 * width)], [0.0, 1.0, _vertical(layer, y, height)]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    plate = _plate(layer, width, height)
    seen = cv2.warpAffine(plate, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    lay_over(frame, np.asarray(seen, dtype=np.uint8))


def _vertical(layer: LayerPlan, y: float, height: int) -> float:
    """Things that stand on the ground or frame the view stay there; things in the air repeat."""
    if layer.kind in _STANDING:
        limit = 0.06 * height
        return limit * math.tanh(y / limit)
    return y % height


@lru_cache(maxsize=8)
def _plate(layer: LayerPlan, width: int, height: int) -> Picture:
    """One period, two frames wide and one high, and one frame more to each side that may be seen with it."""
    dice = random.Random(f"layer {layer.seed}")
    alpha, light = LAYERS[layer.kind](2 * width, height, dice)
    colours = np.array(layer.colour, dtype=np.float64)[None, None, :] * light[:, :, None]
    period = premultiplied(np.clip(colours, 0, 255), np.clip(alpha, 0, 1) * layer.opacity)
    more = 0 if layer.kind in _STANDING else height + 1
    return np.pad(period, ((0, more), (0, width + 1), (0, 0)), mode="wrap")


def _blank(width: int, height: int) -> Alpha:
    return np.zeros((height, width), dtype=np.float64)


def _blurred(picture: Alpha, sigma: float) -> Alpha:
    margin = math.ceil(3 * sigma)
    wide = np.pad(picture, ((margin, margin), (margin, margin)), mode="wrap")
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma)[margin:-margin, margin:-margin], dtype=np.float64)


def _discs(
    width: int, height: int, dice: random.Random, count: int, radii: tuple[float, float], strengths: tuple[float, float]
) -> Alpha:
    """Discs all over the plate, going on across its borders; where two meet the stronger one is seen."""
    drawn = []
    for _ in range(count):
        radius = height * dice.uniform(*radii)
        drawn.append((dice.uniform(0, width), dice.uniform(0, height), radius, dice.uniform(*strengths)))
    alpha = _blank(width, height)
    for x, y, radius, strength in sorted(drawn, key=lambda disc: disc[3]):
        for offset_x in (-width, 0, width):
            for offset_y in (-height, 0, height):
                centre = (round(16 * (x + offset_x)), round(16 * (y + offset_y)))
                cv2.circle(alpha, centre, round(16 * radius), strength, -1, cv2.LINE_8, 4)
    return alpha


def _bokeh(width: int, height: int, dice: random.Random) -> tuple[Alpha, Alpha]:
    alpha = _discs(width, height, dice, 16, (0.04, 0.12), (0.2, 0.6))
    return _blurred(alpha, height / 120), np.ones_like(alpha)


def _snow(width: int, height: int, dice: random.Random) -> tuple[Alpha, Alpha]:
    alpha = _discs(width, height, dice, 110, (0.003, 0.011), (0.4, 1.0))
    return _blurred(alpha, height / 300), np.ones_like(alpha)


def _dust(width: int, height: int, dice: random.Random) -> tuple[Alpha, Alpha]:
    alpha = _discs(width, height, dice, 60, (0.004, 0.02), (0.1, 0.45))
    return _blurred(alpha, height / 90), np.ones_like(alpha)


def _hills(width: int, height: int, dice: random.Random) -> tuple[Alpha, Alpha]:
    waves = [(k, dice.uniform(0.3, 1.0) / k, dice.uniform(0, math.tau)) for k in (1, 2, 3, 5, 9)]
    x = np.arange(width) / width * math.tau
    ridge = np.sum([a * np.sin(k * x + p) for k, a, p in waves], axis=0)
    top = height * (0.84 + 0.05 * ridge)
    rows = np.arange(height)[:, None]
    alpha = np.clip(rows - top[None, :] + 0.5, 0, 1)
    light = 1 + 0.5 * np.exp(-np.maximum(rows - top[None, :], 0) / (0.02 * height))
    alpha[:2] = 0
    return _blurred(alpha, height / 240) * (rows > 0.5 * height), light


def _fence(width: int, height: int, dice: random.Random) -> tuple[Alpha, Alpha]:
    alpha = _blank(width, height)
    posts = 6
    for post in range(posts):
        x = (post + 0.5) * width / posts + dice.uniform(-0.01, 0.01) * width
        half = 0.011 * width
        cv2.rectangle(alpha, (round(x - half), round(0.3 * height)), (round(x + half), height), 1.0, -1)
    for y in (0.48, 0.72):
        cv2.rectangle(alpha, (0, round(y * height)), (width, round((y + 0.05) * height)), 1.0, -1)
    light = np.linspace(1.3, 0.6, height)[:, None] * np.ones((1, width))
    return _blurred(alpha, height / 70), light


def _leaves(width: int, height: int, dice: random.Random) -> tuple[Alpha, Alpha]:
    alpha, light = _blank(width, height), np.ones((height, width))
    for _ in range(130):
        x, top = dice.uniform(0, width), dice.random() < 0.75
        bunch = 0.5 + 0.5 * math.sin(2 * math.tau * x / width) + 0.3 * math.sin(5 * math.tau * x / width)
        y = dice.uniform(0, max(0.26 * bunch, 0.05)) * height if top else height * (1 - dice.uniform(0, 0.08))
        size, turn, shade = height * dice.uniform(0.03, 0.06), dice.uniform(0, 180), dice.uniform(0.6, 1.5)
        for offset in (-width, 0, width):
            centre = (round(x + offset), round(y))
            cv2.ellipse(alpha, centre, (round(size), round(0.4 * size)), turn, 0, 360, 1.0, -1)
            cv2.ellipse(light, centre, (round(size), round(0.4 * size)), turn, 0, 360, shade, -1)
    return _blurred(alpha, height / 110), _blurred(light, height / 110)


LAYERS: dict[str, Callable[[int, int, random.Random], tuple[Alpha, Alpha]]] = {
    "bokeh": _bokeh,
    "dust": _dust,
    "fence": _fence,
    "hills": _hills,
    "leaves": _leaves,
    "snow": _snow,
}
