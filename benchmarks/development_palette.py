"""Looks for developing detectors, of which the frozen halves have none: ``views`` of twelve panoramas, and ``plates``
that are drawn.

Each of the two has photographs, grades, sprites, layers, wipes, curves and titles of its own, so that what was learned
from one can be judged on the other. ``add_palettes`` makes them known to the renderer; the panoramas are read from
``$SHOTLOOM_MEDIA/panoramas``.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Collection
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_films.scenery import clouds, flat, leaves
from operators.sample_films.blends import WIPES
from operators.sample_films.grades import GRADES, Grade
from operators.sample_films.layers import LAYERS
from operators.sample_films.palettes import PALETTES, Palette
from operators.sample_films.photographs import PHOTOGRAPHS, Picture
from operators.sample_films.plans import Colour, Half
from operators.sample_films.random_film import LAYER_COLOURS
from operators.sample_films.sprites import SHAPES, Pen

Map = NDArray[np.float64]

PANORAMAS = (
    "adams_place_bridge", "dikhololo_night", "empty_warehouse_01", "forest_slope", "immenstadter_horn", "kiara_1_dawn",
    "lebombo", "potsdamer_platz", "rooitou_park", "st_fagans_interior", "studio_small_03", "venice_sunset",
)  # fmt: skip
BAND = 0.2, 0.8
"""The part of a panorama's height that is used: its poles are stretched."""
DRAWN = 16


def add_palettes(folder: Path, looks: Collection[Half]) -> None:
    """Makes both palettes known to the renderer, and writes the photographs of those in ``looks`` into ``folder``. Raises
    ``FileNotFoundError`` if ``views`` are wanted and the panoramas are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PANORAMAS if "views" in looks else ():
        PHOTOGRAPHS[f"view-{name}"] = path = folder / f"view-{name}.png"
        if not path.exists():
            _write(path, _view(name))
    for number in range(DRAWN) if "plates" in looks else ():
        PHOTOGRAPHS[f"plate-{number:02d}"] = path = folder / f"plate-{number:02d}.png"
        if not path.exists():
            _write(path, _plate(number))
    GRADES.update(_GRADES)
    WIPES.update(_WIPES)
    SHAPES.update(_SHAPES)
    LAYERS.update(_LAYERS)
    LAYER_COLOURS.update(_COLOURS)
    PALETTES.update({"views": VIEWS, "plates": PLATES})


def _write(path: Path, picture: Picture) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def _view(name: str) -> Picture:
    path = Path(os.environ.get("SHOTLOOM_MEDIA", "")) / "panoramas" / f"{name}_1k.jpg"
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise FileNotFoundError(f"{path} is no picture: set SHOTLOOM_MEDIA")
    top, bottom = (round(share * picture.shape[0]) for share in BAND)
    return np.asarray(picture[top:bottom], np.uint8)


def _plate(number: int) -> Picture:
    """Leaves, clouds and rooms in turn: ``(432, 768, 3)``."""
    dice = np.random.default_rng((11, number))
    drawn = (leaves, clouds, leaves, flat)[number % 4](dice)
    return np.asarray(cv2.resize(drawn, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


VIEWS = Palette(
    photographs=tuple(f"view-{name}" for name in PANORAMAS),
    grades=("neutral", "amber", "fog", "ink"),
    dark_grades=("moonlight", "ember"),
    sprites=("crate", "ring"),
    layers=("wires", "pillars"),
    wipes=("spiral", "starry", "zigzag", "corner", "slats", "drops", "push_up", "push_right"),
    curves=("linear", "late"),
    titles=("BOOK THREE", "A week before", "Beyond the sea"),
)
PLATES = Palette(
    photographs=tuple(f"plate-{number:02d}" for number in range(DRAWN)),
    grades=("vivid", "pale", "rust", "grey"),
    dark_grades=("deep", "coal"),
    sprites=("arm", "fish"),
    layers=("rain", "smoke"),
    wipes=("smoke", "tiles", "shutters", "diamond", "fan", "steps", "push_left", "push_down"),
    curves=("linear", "gentle"),
    titles=("VOLUME FOUR", "That same night", "Nowhere at all"),
)

_GRADES = {
    "amber": Grade(gain=(1.1, 0.95, 0.75), gamma=1.2),
    "fog": Grade(gain=(0.8, 0.85, 0.9), lift=(0.12, 0.12, 0.13), gamma=0.8, saturation=0.6),
    "ink": Grade(saturation=0.1, gamma=1.4),
    "moonlight": Grade(gain=(0.26, 0.32, 0.4), gamma=1.3, saturation=0.5),
    "ember": Grade(gain=(0.36, 0.24, 0.18), lift=(0.01, 0.0, 0.0), gamma=1.2),
    "vivid": Grade(gain=(1.1, 1.1, 1.1), gamma=1.1, saturation=1.5),
    "pale": Grade(gain=(0.6, 0.6, 0.62), lift=(0.3, 0.3, 0.3), saturation=0.7),
    "rust": Grade(gain=(1.0, 0.7, 0.55), lift=(0.04, 0.02, 0.02)),
    "grey": Grade(gain=(0.9, 0.9, 0.9), saturation=0.0, gamma=1.2),
    "deep": Grade(gain=(0.2, 0.28, 0.3), lift=(0.0, 0.01, 0.02), gamma=1.1),
    "coal": Grade(gain=(0.3, 0.3, 0.3), gamma=1.5, saturation=0.2),
}


def _polar(x: Map, y: Map, aspect: float) -> tuple[Map, Map]:
    return np.hypot(aspect * (x - 0.5), y - 0.5), np.arctan2(y - 0.5, aspect * (x - 0.5)) / math.tau


def _spiral(x: Map, y: Map, aspect: float) -> Map:
    radius, turn = _polar(x, y, aspect)
    return np.asarray(np.mod(2 * radius + turn, 1.0))


def _starry(x: Map, y: Map, aspect: float) -> Map:
    radius, turn = _polar(x, y, aspect)
    return radius * (1.3 + 0.5 * np.cos(5 * math.tau * turn))


def _fan(x: Map, y: Map, aspect: float) -> Map:
    return np.asarray(np.abs(np.mod(_polar(x, y, aspect)[1] + 0.25, 1.0) - 0.5))


def _field(seed: int, cells: tuple[int, int], x: Map, *, smooth: bool) -> Map:
    coarse = np.random.default_rng(seed).random(cells).astype(np.float32)
    method = cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(coarse, (x.shape[1], x.shape[0]), interpolation=method), np.float64)


_WIPES = {
    "spiral": _spiral,
    "starry": _starry,
    "zigzag": lambda x, y, aspect: x + 0.15 * np.abs(np.mod(6 * y, 2) - 1),
    "corner": lambda x, y, aspect: np.maximum(x, y),
    "slats": lambda x, y, aspect: np.mod(5 * x, 1.0) - 0.1 * y,
    "drops": lambda x, y, aspect: _field(3, (14, 25), x, smooth=True) + 0.3 * y,
    "smoke": lambda x, y, aspect: _field(5, (6, 9), x, smooth=True),
    "tiles": lambda x, y, aspect: _field(6, (5, 8), x, smooth=False),
    "shutters": lambda x, y, aspect: -np.abs(x - 0.5),
    "diamond": lambda x, y, aspect: np.abs(aspect * (x - 0.5)) + np.abs(y - 0.5),
    "fan": _fan,
    "steps": lambda x, y, aspect: np.floor(6 * y) / 6 + 0.5 * (1 - x),
}


def _crate(pen: Pen, colour: Colour) -> None:
    pen.polygon([(0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92)], colour)
    for place in (0.25, 0.5, 0.75):
        pen.line([(place, 0.08), (place, 0.92)], 0.02, (40, 34, 28))


def _ring(pen: Pen, colour: Colour) -> None:
    for part in range(6):
        pen.ellipse(0.5, 0.5, 0.48 - 0.03 * part, 0.48 - 0.03 * part, (colour, (25, 25, 30))[part % 2])
    pen.ellipse(0.5, 0.5, 0.3, 0.3, (240, 236, 228))


def _arm(pen: Pen, colour: Colour) -> None:
    pen.polygon([(0.3, 0.02), (0.62, 0.02), (0.7, 0.98), (0.34, 0.98)], colour)
    pen.polygon([(0.48, 0.02), (0.62, 0.02), (0.7, 0.98), (0.55, 0.98)], (30, 28, 30))


def _fish(pen: Pen, colour: Colour) -> None:
    pen.ellipse(0.45, 0.5, 0.4, 0.24, colour)
    pen.polygon([(0.78, 0.5), (0.98, 0.28), (0.98, 0.72)], colour)
    for place in (0.3, 0.42, 0.54):
        pen.line([(place, 0.3), (place + 0.04, 0.7)], 0.03, (245, 240, 230))
    pen.ellipse(0.16, 0.45, 0.03, 0.03, (10, 10, 10))


_SHAPES = {"crate": _crate, "ring": _ring, "arm": _arm, "fish": _fish}


def _wires(width: int, height: int, dice: random.Random) -> tuple[Map, Map]:
    alpha = np.zeros((height, width))
    for _ in range(5):
        y, sag = dice.uniform(0.05, 0.7) * height, dice.uniform(0.03, 0.2) * height
        x = np.arange(width + 1)
        points = np.stack([x, y + sag * np.abs(np.sin(math.pi * x / width * 2))], axis=1).astype(np.int32)
        cv2.polylines(alpha, [points], False, 1.0, max(1, height // 60))
    return alpha, np.ones_like(alpha)


def _rain(width: int, height: int, dice: random.Random) -> tuple[Map, Map]:
    alpha = np.zeros((height, width))
    for _ in range(160):
        x, y, length = dice.uniform(0, width), dice.uniform(0, height), dice.uniform(0.05, 0.2) * height
        cv2.line(alpha, (round(x), round(y)), (round(x - 0.1 * length), round(y + length)), dice.uniform(0.2, 0.6), 1)
    return alpha, np.ones_like(alpha)


def _pillars(width: int, height: int, dice: random.Random) -> tuple[Map, Map]:
    """Three broad ones: the picture is hidden for a moment when the camera pans."""
    alpha, x = np.zeros((height, width)), np.arange(width)
    light = np.ones((height, width))
    for post in range(3):
        middle, half = (post + dice.uniform(0.3, 0.7)) * width / 3, dice.uniform(0.04, 0.12) * width
        alpha[:, np.abs(x - middle) < half] = 1.0
        light += 0.5 * np.cos(np.clip((x - middle) / half, -math.pi, math.pi))[None, :]
    return alpha, light


def _smoke(width: int, height: int, dice: random.Random) -> tuple[Map, Map]:
    noise = np.random.default_rng(dice.randrange(1 << 30)).normal(size=(height, width))
    soft = cv2.GaussianBlur(np.tile(noise, (3, 3)), (0, 0), height / 8)[height : 2 * height, width : 2 * width]
    return np.clip(0.4 + 0.4 * soft / (soft.std() + 1e-9), 0, 1), np.ones((height, width))


_LAYERS = {"wires": _wires, "rain": _rain, "pillars": _pillars, "smoke": _smoke}
_COLOURS: dict[str, Colour] = {
    "wires": (30, 30, 34),
    "rain": (210, 215, 225),
    "pillars": (46, 40, 36),
    "smoke": (205, 200, 196),
}
