"""Constant or variable rate, and which: from timestamps alone."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.exact_time import format_rational
from operators.film_error import FilmError
from operators.film_timing import film_timing

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60),
]
BASES = [Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 12288), Fraction(1, 1000000), Fraction(1, 10**9)]


def at_rate(rate: Fraction, base: Fraction, count: int, start: int = 0) -> np.ndarray:
    """Exact instants rounded down to ticks, as muxers do."""
    return np.array([start + math.floor(k / (rate * base)) for k in range(count)], np.int64)


@given(st.sampled_from(RATES), st.sampled_from(BASES), st.integers(80, 400), st.integers(-(10**6), 10**6))
def test_a_constant_rate_is_recognised_in_any_time_base(rate: Fraction, base: Fraction, count: int, start: int) -> None:
    timing = film_timing(at_rate(rate, base, count, start), 0, base)
    assert (timing.vfr, timing.frames, timing.first_pts) == (False, count, start)
    if count > 120 or base != Fraction(1, 1000):
        assert timing.fps == format_rational(rate)


def test_film_rate_and_its_ntsc_twin_are_told_apart_in_milliseconds() -> None:
    for rate in (Fraction(24), Fraction(24000, 1001)):
        assert film_timing(at_rate(rate, Fraction(1, 1000), 1000), 41, Fraction(1, 1000)).fps == format_rational(rate)


def test_a_frame_more_than_a_tick_late_makes_the_rate_variable() -> None:
    pts = at_rate(Fraction(24), Fraction(1, 12288), 100)
    pts[50] += 2
    timing = film_timing(pts, 512, Fraction(1, 12288))
    assert (timing.vfr, timing.fps) == (True, "24/1")


def test_jitter_of_one_tick_is_still_constant() -> None:
    pts = at_rate(Fraction(30000, 1001), Fraction(1, 90000), 200)
    pts[10] += 1
    assert film_timing(pts, 3003, Fraction(1, 90000)).vfr is False


def test_a_missing_frame_makes_the_rate_variable_even_if_a_frame_is_one_tick() -> None:
    timing = film_timing(np.array([0, 1, 2, 4, 5, 6, 7]), 1, Fraction(1, 24))
    assert (timing.vfr, timing.fps) == (True, "24/1")


def test_an_odd_but_steady_rate_is_constant_at_exactly_that_rate() -> None:
    timing = film_timing(np.arange(500) * 41, 41, Fraction(1, 1000))
    assert (timing.vfr, timing.fps) == (False, "1000/41")


def test_the_nominal_rate_of_a_variable_film_is_its_median_snapped_to_a_standard() -> None:
    deltas = [33, 34, 33, 67, 33, 33, 100, 34] * 20
    timing = film_timing(np.cumsum([0, *deltas]), 33, Fraction(1, 1000))
    assert (timing.vfr, timing.fps) == (True, "30/1")


def test_the_last_frame_is_shown_for_its_duration_or_for_the_median_delta() -> None:
    pts = np.array([0, 10, 20, 30])
    assert film_timing(pts, 7, Fraction(1, 240)).end_pts == 37
    assert film_timing(pts, 0, Fraction(1, 240)).end_pts == 40


def test_one_frame_is_a_film_of_its_own_duration() -> None:
    timing = film_timing(np.array([5]), 40, Fraction(1, 1000))
    assert (timing.frames, timing.fps, timing.vfr, timing.end_pts) == (1, "25/1", False, 45)


@pytest.mark.parametrize(("pts", "reason"), [([], "no_frames"), ([3, 3], "no_timestamps"), ([3, 1], "no_timestamps")])
def test_no_frames_or_no_order_has_no_timing(pts: list[int], reason: str) -> None:
    with pytest.raises(FilmError) as error:
        film_timing(np.array(pts, np.int64), 1, Fraction(1, 24))
    assert error.value.reason == reason


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=80), st.integers(-5, 5000), st.sampled_from(BASES))
def test_any_increasing_timestamps_have_a_timing(deltas: list[int], last: int, base: Fraction) -> None:
    pts = np.cumsum([0, *deltas])
    timing = film_timing(pts, last, base)
    assert timing.frames == len(pts)
    assert timing.end_pts > pts[-1]
    if not timing.vfr:
        ideal = 1 / (Fraction(timing.fps) * base)
        assert all(abs(delta - ideal) <= 1 for delta in deltas)
