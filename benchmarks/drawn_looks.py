"""Grades, wipes, and things that pass or stand before the camera, drawn by dice: a name always gives the same one."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.sample_films.grades import Grade
from operators.sample_films.plans import Colour
from operators.sample_films.sprites import Pen

Map = NDArray[np.float64]


def colour(dice: random.Random) -> Colour:
    light = dice.choice((0.25, 1.0))
    return (
        round(light * dice.randint(20, 250)),
        round(light * dice.randint(20, 250)),
        round(light * dice.randint(20, 250)),
    )


def grade(name: str) -> Grade:
    dice = random.Random(name)
    gain, lift = dice.uniform(0.7, 1.15), dice.choice((0.0, 0.0, dice.uniform(0, 0.2)))
    return Grade(
        gain=_triple(dice, gain - lift, 0.15),
        lift=_triple(dice, lift, 0.02),
        gamma=dice.uniform(0.8, 1.4),
        saturation=dice.choice((0.0, dice.uniform(0.3, 1.0), dice.uniform(0.8, 1.5))),
    )


def dark_grade(name: str) -> Grade:
    dice = random.Random(name)
    return Grade(
        gain=_triple(dice, dice.uniform(0.18, 0.45), 0.08), gamma=dice.uniform(1.0, 1.5), saturation=dice.random()
    )


def _triple(dice: random.Random, middle: float, spread: float) -> tuple[float, float, float]:
    return (
        max(0.0, middle + dice.uniform(-spread, spread)),
        max(0.0, middle + dice.uniform(-spread, spread)),
        max(0.0, middle + dice.uniform(-spread, spread)),
    )


def shape(name: str) -> Callable[[Pen, Colour], None]:
    return partial(_draw_shape, name)


def _draw_shape(name: str, pen: Pen, colour: Colour) -> None:
    """A blot of a few corners with marks in other shades on it."""
    dice = random.Random(name)
    corners, sharp = dice.randint(3, 11), dice.uniform(0.1, 0.7)
    radii = [0.48 * (1 - sharp * dice.random()) for _ in range(corners)]
    turns = [math.tau * (corner + 0.4 * dice.random()) / corners for corner in range(corners)]
    outline = [(0.5 + r * math.cos(t), 0.5 + r * math.sin(t)) for r, t in zip(radii, turns, strict=True)]
    pen.polygon(outline, colour)
    for _ in range(dice.randint(0, 6)):
        x, y = 0.5 + dice.uniform(-0.2, 0.2), 0.5 + dice.uniform(-0.2, 0.2)
        pen.ellipse(
            x, y, dice.uniform(0.02, 0.15), dice.uniform(0.02, 0.15), _shade(dice, colour), dice.uniform(0, 180)
        )
    for _ in range(dice.randint(0, 4)):
        ends = [(0.5 + dice.uniform(-0.25, 0.25), 0.5 + dice.uniform(-0.25, 0.25)) for _ in range(2)]
        pen.line(ends, dice.uniform(0.01, 0.06), _shade(dice, colour))


def _shade(dice: random.Random, colour: Colour) -> Colour:
    factor = dice.uniform(0.2, 1.7)
    return (
        min(255, round(factor * colour[0])),
        min(255, round(factor * colour[1])),
        min(255, round(factor * colour[2])),
    )


def layer(name: str) -> Callable[[int, int, random.Random], tuple[Map, Map]]:
    return partial(_draw_layer, name)


def _draw_layer(name: str, width: int, height: int, dice: random.Random) -> tuple[Map, Map]:
    """Bars, boughs, discs or a veil, of a thickness and number that are the layer's own. Repeats sideways."""
    own = random.Random(name)
    kind, count, size = own.choice(("bars", "boughs", "discs", "veil")), own.randint(3, 40), own.uniform(0.01, 0.12)
    alpha = np.zeros((height, width))
    if kind == "veil":
        noise = np.random.default_rng(dice.randrange(1 << 30)).normal(size=(height, width))
        soft = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), height * (0.03 + size))[
            height : 2 * height, width : 2 * width
        ]
        return np.clip(0.3 + own.uniform(0.1, 0.4) * soft / (soft.std() + 1e-9), 0, 0.8), np.ones((height, width))
    for _ in range(count if kind != "bars" else max(2, count // 4)):
        x, y = dice.uniform(0, width), dice.uniform(0, height)
        _mark(alpha, kind, (x, y), max(1, round(size * height * dice.uniform(0.5, 1.5))), dice)
    soft = cv2.GaussianBlur(alpha, (0, 0), max(0.5, height * own.choice((0.002, 0.01, 0.03))))
    light = 1 + 0.4 * np.sin(np.arange(width) / width * math.tau * own.randint(1, 9))
    return np.clip(soft, 0, 1), np.broadcast_to(light, (height, width)).copy()


def _mark(alpha: Map, kind: str, at: tuple[float, float], thick: int, dice: random.Random) -> None:
    height, width = alpha.shape
    for offset in (-width, 0, width):
        x, y = round(at[0] + offset), round(at[1])
        if kind == "discs":
            cv2.circle(alpha, (x, y), thick, 1.0, -1)
        elif kind == "bars":
            cv2.line(alpha, (x, -height), (x + thick, 2 * height), 1.0, thick)
        else:
            reach = random.Random(f"{at}")
            end = x + round(reach.uniform(-0.5, 0.5) * width), y + round(reach.uniform(-1, 1) * height)
            cv2.line(alpha, (x, y), end, 1.0, thick)


def wipe(name: str) -> Callable[[Map, Map, float], Map]:
    return partial(_arrival, name)


def _arrival(name: str, x: Map, y: Map, aspect: float) -> Map:
    """A direction, rings, rays, stripes or blots, and often two of them."""
    dice = random.Random(name)
    total = np.zeros_like(x)
    for _ in range(dice.choice((1, 1, 2))):
        total = total + dice.uniform(0.3, 1.0) * _pattern(dice, x, y, aspect)
    return total


def _pattern(dice: random.Random, x: Map, y: Map, aspect: float) -> Map:
    kind = dice.choice(("direction", "direction", "rings", "rays", "stripes", "blots", "tiles"))
    turn = dice.uniform(0, math.tau)
    along = aspect * (x - 0.5) * math.cos(turn) + (y - 0.5) * math.sin(turn)
    if kind == "direction":
        return along + dice.uniform(0, 0.15) * np.sin(dice.randint(1, 6) * math.tau * (x + y))
    if kind == "stripes":
        return np.asarray(np.mod(dice.randint(2, 8) * along, 1.0)) + 0.2 * x
    across, down = aspect * (x - dice.uniform(0.2, 0.8)), y - dice.uniform(0.2, 0.8)
    if kind == "rings":
        return dice.choice((-1, 1)) * np.hypot(across, down)
    if kind == "rays":
        return np.asarray(np.mod(dice.randint(1, 3) * np.arctan2(across, down) / math.tau, 1.0))
    cells = dice.randint(2, 8), dice.randint(3, 14)
    coarse = np.random.default_rng(dice.randrange(1 << 30)).random(cells).astype(np.float32)
    method = cv2.INTER_CUBIC if kind == "blots" else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(coarse, (x.shape[1], x.shape[0]), interpolation=method), np.float64)
