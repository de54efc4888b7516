"""Two more looks, made of the photographs of ``photograph_packages.py``: ``gallery`` to train on, and ``salon`` to judge on what
was trained.

Everything else they show is drawn by dice, so that there is much of it and it is like nothing in particular: grades, wipes,
things that pass and things that stand before the camera. The two share none of it, and of the dissolve curves the linear one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks import drawn_looks
from benchmarks.photograph_packages import COUNT, fetch_photographs, photograph_file
from operators.sample_films.blends import WIPES
from operators.sample_films.grades import GRADES
from operators.sample_films.layers import LAYERS
from operators.sample_films.palettes import PALETTES, Palette
from operators.sample_films.photographs import PHOTOGRAPHS
from operators.sample_films.plans import Curve, Half
from operators.sample_films.random_film import LAYER_COLOURS
from operators.sample_films.sprites import SHAPES

T = TypeVar("T")

SALON_EVERY = 3
"""Of the photographs every third is the salon's."""
CURVES: dict[str, tuple[Curve, ...]] = {"gallery": ("linear", "smooth", "late"), "salon": ("linear", "gentle")}
TITLES = {
    "gallery": ("SEVEN", "Not long after", "On the other side of town", "1911"),
    "salon": ("VIII", "Before the war", "Home again"),
}
SHARES = {"gallery": 2, "salon": 1}
GRADES_EACH, DARK_EACH, SHAPES_EACH, LAYERS_EACH, WIPES_EACH = 6, 3, 12, 4, 10


def add_photograph_palettes(folder: Path) -> None:
    """Makes both known to the renderer, with their photographs in ``folder``; fetches those that are not there, with what that
    raises."""
    fetch_photographs(folder)
    halves: tuple[Half, ...] = ("gallery", "salon")
    for half in halves:
        PALETTES[half] = _palette(half, folder)


def _palette(half: Half, folder: Path) -> Palette:
    amount = SHARES[half]
    return Palette(
        photographs=_photographs(half, folder),
        grades=("neutral", *_registered(GRADES, half, "grade", amount * GRADES_EACH, drawn_looks.grade)),
        dark_grades=_registered(GRADES, half, "dark", amount * DARK_EACH, drawn_looks.dark_grade),
        sprites=_registered(SHAPES, half, "shape", amount * SHAPES_EACH, drawn_looks.shape),
        layers=_layers(half, amount * LAYERS_EACH),
        wipes=(*_registered(WIPES, half, "wipe", amount * WIPES_EACH, drawn_looks.wipe), "push_left", "push_up"),
        curves=CURVES[half],
        titles=TITLES[half],
    )


def _photographs(half: Half, folder: Path) -> tuple[str, ...]:
    numbers = [number for number in range(COUNT) if (number % SALON_EVERY == SALON_EVERY - 1) == (half == "salon")]
    names = {f"{half}-{number:03d}": photograph_file(folder, number) for number in numbers}
    PHOTOGRAPHS.update(names)
    return tuple(names)


def _registered(known: dict[str, T], half: str, kind: str, count: int, make: Callable[[str], T]) -> tuple[str, ...]:
    names = tuple(f"{half}-{kind}-{number:02d}" for number in range(count))
    known.update({name: make(name) for name in names})
    return names


def _layers(half: str, count: int) -> tuple[str, ...]:
    names = _registered(LAYERS, half, "layer", count, drawn_looks.layer)
    for name in names:
        LAYER_COLOURS[name] = drawn_looks.colour(random.Random(f"{name} colour"))
    return names
