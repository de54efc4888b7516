"""How two pictures become one in a transition."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.sample_films.photographs import Picture
from operators.sample_films.plans import Colour, Curve, JoinPlan

Arrival = NDArray[np.float32]


def progress(curve: Curve, frame: int, frames: int) -> float:
    """How far frame ``frame`` of ``frames`` is: strictly between 0 and 1 for the transition's own frames."""
    part = (frame + 1) / (frames + 1)
    if curve == "smooth":
        return part * part * (3 - 2 * part)
    if curve == "sine":
        return 0.5 - 0.5 * math.cos(math.pi * part)
    if curve == "quick":
        return math.pow(part, 1.6)
    if curve == "late":
        return 1 - math.pow(1 - part, 1.5)
    if curve == "gentle":
        return 0.4 * part + 0.6 * part * part * (3 - 2 * part)
    return part


def mixed(before: Picture, after: Picture, alpha: float) -> Picture:
    """``(1 - alpha) * before + alpha * after``, ``(H, W, 3) uint8``."""
    return np.asarray(cv2.addWeighted(before, 1 - alpha, after, alpha, 0), dtype=np.uint8)


def plain(like: Picture, colour: Colour) -> Picture:
    """A frame of one colour, as large as ``like``."""
    picture = np.empty_like(like)
    picture[:] = colour
    return picture


def wiped(before: Picture, after: Picture, join: JoinPlan, part: float) -> Picture:
    """``after`` where the wipe has been, ``before`` elsewhere, with a soft edge of ``join.softness``."""
    height, width = before.shape[:2]
    if join.shape.startswith("push_"):
        return _pushed(before, after, join.shape, part)
    arrival = _arrival(join.shape, width, height)
    edge = part * (1 + join.softness)
    mask = np.clip((edge - arrival) * (255 / join.softness), 0, 255).astype(np.uint8)
    mask3 = cv2.cvtColor(mask, cv2.COLOR_GRAY2RGB)
    old, new = cv2.multiply(before, 255 - mask3, scale=1 / 255), cv2.multiply(after, mask3, scale=1 / 255)
    return np.asarray(cv2.add(old, new), dtype=np.uint8)


def _pushed(before: Picture, after: Picture, shape: str, part: float) -> Picture:
    """The new picture pushes the old one out; whole pixels, at least one of each picture's."""
    axis = 1 if shape in ("push_left", "push_right") else 0
    length = before.shape[axis]
    moved = min(max(round(part * length), 1), length - 1)
    if shape in ("push_left", "push_up"):
        pieces = [np.take(before, range(moved, length), axis), np.take(after, range(moved), axis)]
    else:
        pieces = [np.take(after, range(length - moved, length), axis), np.take(before, range(length - moved), axis)]
    return np.concatenate(pieces, axis)


@lru_cache(maxsize=8)
def _arrival(shape: str, width: int, height: int) -> Arrival:
    """When the wipe reaches each pixel, from 0 to 1."""
    x = np.linspace(0, 1, width, dtype=np.float64)[None, :] * np.ones((height, 1))
    y = np.linspace(0, 1, height, dtype=np.float64)[:, None] * np.ones((1, width))
    arrival = WIPES[shape](x, y, width / height)
    arrival = (arrival - arrival.min()) / (arrival.max() - arrival.min())
    return np.asarray(arrival, dtype=np.float32)


_Map = NDArray[np.float64]

WIPES: dict[str, Callable[[_Map, _Map, float], _Map]] = {
    "left": lambda x, y, aspect: 1 - x,
    "right": lambda x, y, aspect: x,
    "up": lambda x, y, aspect: 1 - y,
    "down": lambda x, y, aspect: y,
    "diagonal": lambda x, y, aspect: aspect * x + y,
    "antidiagonal": lambda x, y, aspect: aspect * (1 - x) + y,
    "iris": lambda x, y, aspect: np.hypot(aspect * (x - 0.5), y - 0.5),
    "iris_in": lambda x, y, aspect: -np.hypot(aspect * (x - 0.5), y - 0.5),
    "barn_doors": lambda x, y, aspect: np.abs(x - 0.5),
    "curtain": lambda x, y, aspect: -np.abs(y - 0.5),
    "clock": lambda x, y, aspect: np.mod(np.arctan2(aspect * (x - 0.5), 0.5 - y), math.tau),
    "blinds": lambda x, y, aspect: np.mod(6 * y, 1.0) + 0.2 * x,
}

PUSHES = ("push_left", "push_right", "push_up", "push_down")
