"""Wipes of any shape: when the new picture reaches each point, as a random field."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_films.camera_path import VIEW
from benchmarks.made_films.scenery import Dice, smooth_field

Field = NDArray[np.float32]


def arrival(dice: Dice) -> Field:
    """``(54, 96)``, 0..1: a random mixture of line, radius, angle and noise, perhaps folded, repeated or in blocks."""
    across, down = np.meshgrid(np.linspace(-0.9, 0.9, VIEW[0]), np.linspace(-0.5, 0.5, VIEW[1]))
    turn, place = dice.uniform(0, math.tau), dice.uniform(-0.3, 0.3, 2) * dice.choice([0, 1])
    x, y = across - place[0], down - place[1]
    if dice.random() < 0.5:
        turn = round(turn / (math.pi / 4)) * math.pi / 4
    line = x * math.cos(turn) + y * math.sin(turn)
    shapes = {
        "line": lambda: line,
        "radius": lambda: np.hypot(x * dice.uniform(0.5, 2), y),
        "box": lambda: np.maximum(np.abs(x) * dice.uniform(0.4, 1.5), np.abs(y)),
        "angle": lambda: np.mod(np.arctan2(y, x) * dice.integers(1, 5) / math.tau + dice.random(), 1.0),
        "fold": lambda: np.abs(line),
        "noise": lambda: smooth_field(dice, VIEW, int(dice.integers(1, 14))),
        "blocks": lambda: _blocks(dice),
        "stripes": lambda: np.mod(line * dice.uniform(2, 9), 1.0) + dice.uniform(0, 1) * x,
    }
    weights = [5, 3, 2, 2, 3, 4, 2, 2]
    names = dice.choice(list(shapes), 1 + (dice.random() < 0.35), replace=False, p=np.array(weights) / sum(weights))
    field = np.sum([_unit(shapes[name]()) * scale for name, scale in zip(names, (1.0, 0.4), strict=False)], axis=0)
    field = -field if dice.random() < 0.5 else field
    if dice.random() < 0.3:
        field = np.argsort(np.argsort(field, axis=None, kind="stable")).reshape(field.shape)
    return _unit(field)


def _blocks(dice: Dice) -> Field:
    """Tiles, in any order or along a line."""
    rows, columns = dice.integers(2, 9, 2)
    order = dice.random((rows, columns)) + dice.choice([0, 3]) * np.linspace(0, 1, columns)[None, :]
    return cv2.resize(order.astype(np.float32), VIEW, interpolation=cv2.INTER_NEAREST)


def _unit(field: NDArray[np.floating]) -> Field:
    low, high = float(field.min()), float(field.max())
    return ((field - low) / max(high - low, 1e-6)).astype(np.float32)
