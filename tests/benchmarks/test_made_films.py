"""Films made up for training: what their labels say must be so."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.made_films.camera_path import VIEW
from benchmarks.made_films.joins import curve, length_of
from benchmarks.made_films.made_film import made_film
from benchmarks.made_films.masks import arrival
from operators.gradual_network import CLASSES

ONLY = {"cut": (1.0, 0.0, 0.0, 0.0), "dissolve": (0.0, 1.0, 0.0, 0.0), "wipe": (0.0, 0.0, 1.0, 0.0)}


@pytest.mark.parametrize("kind", ONLY)
def test_equal_seeds_make_equal_films_and_labels_fit_the_frames(kind: str) -> None:
    one, other = made_film(4, ONLY[kind]), made_film(4, ONLY[kind])
    assert one.small.shape == (len(one.kind), 27, 48, 3)
    assert len(one.cut) == len(one.kind)
    np.testing.assert_array_equal(one.small, other.small)
    np.testing.assert_array_equal(one.kind, other.kind)


def test_a_film_of_cuts_has_no_wipes_and_a_film_of_wipes_no_cuts() -> None:
    cuts, wipes = made_film(5, ONLY["cut"]), made_film(5, ONLY["wipe"])
    assert cuts.cut.sum() > 0
    assert CLASSES.index("wipe") not in cuts.kind
    assert wipes.cut.sum() == 0
    assert (wipes.kind == CLASSES.index("wipe")).any()


def test_frames_differ_most_where_a_cut_is_labelled() -> None:
    """Over many films: flashes and things near the lens differ as much, but not in the middle of all films."""
    at_cuts, elsewhere = [], []
    for seed in range(30, 38):
        film = made_film(seed, ONLY["cut"])
        steps = np.abs(np.diff(film.small.astype(np.int16), axis=0)).mean(axis=(1, 2, 3))
        at_cuts += steps[film.cut[1:] == 1].tolist()
        elsewhere += steps[film.cut[1:] == 0].tolist()
    assert np.median(at_cuts) > 4 * np.median(elsewhere)


@pytest.mark.parametrize("seed", range(20))
def test_a_wipe_reaches_every_point_between_its_beginning_and_its_end(seed: int) -> None:
    field = arrival(np.random.default_rng(seed))
    assert field.shape == (VIEW[1], VIEW[0])
    assert field.min() == 0
    assert field.max() == pytest.approx(1)


@pytest.mark.parametrize("seed", range(20))
def test_a_curve_rises_strictly_between_nothing_and_everything(seed: int) -> None:
    dice = np.random.default_rng(seed)
    length = length_of(dice)
    assert 2 <= length <= 90
    part = curve(dice, length)
    assert part.shape == (length,)
    assert part.min() > 0
    assert part.max() < 1
    assert (np.diff(part) > 0).all()
