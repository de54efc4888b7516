from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.film_bootstrap import f1, interval, share

COUNTS = np.array([[8, 10], [2, 10], [10, 10], [9, 12], [0, 3]], np.float64)


def test_the_same_films_give_the_same_interval() -> None:
    films = np.random.default_rng(1).integers(1, 1000, (30, 2)).astype(np.float64)
    assert interval(films, share) == interval(films.copy(), share)
    assert interval(films, share) != interval(films, share, seed=8)


def test_an_interval_holds_the_figure_and_narrows_with_more_films() -> None:
    low, high = interval(COUNTS, share)
    assert low < COUNTS[:, 0].sum() / COUNTS[:, 1].sum() < high
    more = interval(np.tile(COUNTS, (16, 1)), share)
    assert more[1] - more[0] < (high - low) / 3


def test_films_that_agree_leave_no_doubt() -> None:
    assert interval(np.array([[3.0, 4.0]] * 6), share) == (0.75, 0.75)


@pytest.mark.parametrize("counts", [np.zeros((0, 2)), np.zeros((4, 2))])
def test_nothing_to_judge_has_no_interval(counts: np.ndarray) -> None:
    assert all(math.isnan(end) for end in interval(counts, share))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=8))
def test_no_draw_of_films_leaves_the_range_of_single_films(films: list[tuple[int, int]]) -> None:
    low, high = interval(np.array(films, np.float64), share)
    shares = [part / whole for part, whole in films]
    assert min(shares) - 1e-9 <= low <= high <= max(shares) + 1e-9


def test_f1_is_nothing_where_nothing_matches_and_undefined_where_there_is_nothing() -> None:
    sums = np.array([[0, 5, 0, 0], [0, 5, 0, 3], [4, 5, 4, 5], [0, 0, 0, 0]], np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        told = f1(sums)
    assert told[:3] == pytest.approx([0, 0, 0.8])
    assert math.isnan(told[3])
