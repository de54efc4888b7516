from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.development_set import Amounts, rough_plans, stored_films
from benchmarks.photograph_packages import COUNT, photograph_file
from benchmarks.photograph_palettes import add_photograph_palettes
from operators.sample_films.blends import WIPES
from operators.sample_films.layers import LAYERS
from operators.sample_films.palettes import PALETTES
from operators.sample_films.photographs import PHOTOGRAPHS
from operators.sample_films.plans import Half

HALVES: tuple[Half, ...] = ("gallery", "salon")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Noise in place of the photographs, which are not fetched for a test."""
    folder, known = tmp_path_factory.mktemp("photographs"), dict(PHOTOGRAPHS)
    for number in range(COUNT):
        noise = np.random.default_rng(number).integers(0, 256, (60, 100, 3), dtype=np.uint8)
        cv2.imwrite(str(photograph_file(folder, number)), noise)
    add_photograph_palettes(folder)
    yield folder
    PHOTOGRAPHS.clear()
    PHOTOGRAPHS.update(known)


@pytest.mark.parametrize("field", ["photographs", "grades", "dark_grades", "sprites", "layers", "wipes", "titles"])
@pytest.mark.usefixtures("folder")
def test_what_is_trained_on_and_what_is_judged_on_share_no_look(field: str) -> None:
    gallery, salon = (set(getattr(PALETTES[half], field)) for half in HALVES)
    assert gallery & salon <= {"neutral", "push_left", "push_up"}
    assert len(gallery) > len(salon) > 1


@pytest.mark.usefixtures("folder")
def test_every_photograph_is_in_one_of_them() -> None:
    paths = [PHOTOGRAPHS[name] for half in HALVES for name in PALETTES[half].photographs]
    assert len(paths) == len(set(map(str, paths))) == COUNT


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.usefixtures("folder")
def test_a_drawn_wipe_reaches_every_pixel_and_not_all_at_once(half: Half) -> None:
    x, y = (each.astype(np.float64) for each in np.meshgrid(np.linspace(0, 1, 64), np.linspace(0, 1, 36)))
    for name in PALETTES[half].wipes:
        if name in WIPES:
            arrival = WIPES[name](x, y, 16 / 9)
            assert arrival.shape == (36, 64) and np.isfinite(arrival).all(), name
            assert arrival.max() - arrival.min() > 0.1, name
            np.testing.assert_array_equal(arrival, WIPES[name](x, y, 16 / 9))


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.usefixtures("folder")
def test_a_drawn_layer_hides_some_of_the_picture_and_not_all(half: Half) -> None:
    for name in PALETTES[half].layers:
        alpha, light = LAYERS[name](128, 36, random.Random(5))
        assert alpha.shape == light.shape == (36, 128), name
        assert 0 <= alpha.min() < 0.5 and 0.2 < alpha.max() <= 1 and alpha.mean() < 0.8, name


def test_their_films_are_made_like_those_of_any_palette(folder: Path, tmp_path: Path) -> None:
    plans = rough_plans(("salon",), Amounts(joined=1, single=1, even=1))
    short, rough, even = next(plan for plan in plans if plan.family == "joined-short"), plans[-2], plans[-1]
    films = list(stored_films(tmp_path, [short, rough, even]))
    assert [film.name.split("-")[:2] for film in films] == [
        ["salon", "joined"],
        ["salon", "single"],
        ["salon", "unbroken"],
    ]
    assert len(films[0].truth) == len(short.joins)
    assert films[1].truth == films[2].truth == ()
