from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan, PlannedShot
from formats.exact_time import format_rational
from operators.frame_map import map_frames

RATES = st.sampled_from([Fraction(n, d) for n, d in ((24, 1), (25, 1), (30000, 1001), (24000, 1001), (60, 1), (15, 1))])


def plan_of(
    pts: NDArray[np.int64], end: int, ranges: list[tuple[int, int]], fps: Fraction, tick: Fraction, *, vfr: bool
) -> ClipPlan:
    borders = np.append(pts, end)
    shots = tuple(PlannedShot(source_frames=r, source_pts=(int(borders[r[0]]), int(borders[r[1]]))) for r in ranges)
    return ClipPlan(
        key="a-0-0-1", source_sha256="0" * 64, stream=0, time_base=format_rational(tick), fps=format_rational(fps),
        vfr=vfr, width=64, height=36, shots=shots, joins=(),
    )  # fmt: skip


@st.composite
def films(draw: st.DrawFn) -> tuple[NDArray[np.int64], int, list[tuple[int, int]]]:
    deltas = draw(st.lists(st.integers(1, 400), min_size=4, max_size=120))
    first = draw(st.integers(-1000, 1000))
    pts = first + np.concatenate([[0], np.cumsum(deltas)]).astype(np.int64)
    bounds = sorted(draw(st.sets(st.integers(0, len(pts) - 1), min_size=2, max_size=6)))
    return pts[:-1], int(pts[-1]), list(pairwise(bounds))


@given(films(), RATES)
def test_a_constant_rate_source_goes_one_to_one(
    film: tuple[NDArray[np.int64], int, list[tuple[int, int]]], fps: Fraction
) -> None:
    pts, end, ranges = film
    made = map_frames(plan_of(pts, end, ranges, fps, Fraction(1, 1000), vfr=False), pts)
    assert made.source_frames.tolist() == [k for start, stop in ranges for k in range(start, stop)]
    assert made.source_pts.tolist() == pts[made.source_frames].tolist()
    assert made.fps == fps


@given(films(), RATES, RATES, st.booleans())
def test_only_a_shots_own_frames_are_shown_in_order_and_shots_are_contiguous(
    film: tuple[NDArray[np.int64], int, list[tuple[int, int]]], nominal: Fraction, fps: Fraction, vfr: bool
) -> None:
    pts, end, ranges = film
    made = map_frames(plan_of(pts, end, ranges, nominal, Fraction(1, 1000), vfr=vfr), pts, fps)
    assert made.shots[0][0] == 0
    assert made.shots[-1][1] == made.frames
    assert all(a[1] == b[0] for a, b in pairwise(made.shots))
    assert np.all(np.diff(made.source_frames) >= 0)
    for (start, stop), (low, high) in zip(made.shots, ranges, strict=True):
        shown = made.source_frames[start:stop]
        assert len(shown) >= 1
        assert shown.min() >= low
        assert shown.max() < high


@given(films(), RATES)
def test_a_variable_rate_source_shows_what_was_on_screen_at_the_middle_of_each_clip_frame(
    film: tuple[NDArray[np.int64], int, list[tuple[int, int]]], fps: Fraction
) -> None:
    pts, end, ranges = film
    tick = Fraction(1, 1000)
    made = map_frames(plan_of(pts, end, ranges, fps, tick, vfr=True), pts)
    borders = [*pts.tolist(), end]
    for (start, stop), (low, high) in zip(made.shots, ranges, strict=True):
        duration = (borders[high] - borders[low]) * tick
        assert stop - start == max(1, floor(duration * fps + Fraction(1, 2)))
        for k in range(stop - start):
            instant = borders[low] + (k + Fraction(1, 2)) / fps / tick
            expected = max(m for m in range(low, high) if borders[m] <= instant)
            assert made.source_frames[start + k] == expected


def test_24_fps_at_12_takes_every_second_frame_even_with_timestamps_in_milliseconds() -> None:
    pts = np.array([round(k * 1000 / 24) for k in range(48)], dtype=np.int64)
    made = map_frames(plan_of(pts, 2000, [(0, 48)], Fraction(24), Fraction(1, 1000), vfr=False), pts, Fraction(12))
    assert made.source_frames.tolist() == list(range(1, 48, 2))


def test_60_fps_at_24_and_12_at_24_keep_the_duration() -> None:
    pts = np.arange(120, dtype=np.int64)
    down = map_frames(plan_of(pts, 120, [(0, 120)], Fraction(60), Fraction(1, 60), vfr=False), pts, Fraction(24))
    assert down.frames == 48
    assert down.source_frames[:6].tolist() == [1, 3, 6, 8, 11, 13]
    up = map_frames(plan_of(pts, 120, [(10, 14)], Fraction(12), Fraction(1, 12), vfr=False), pts, Fraction(24))
    assert up.source_frames.tolist() == [10, 10, 11, 11, 12, 12, 13, 13]


def test_a_shot_shorter_than_half_a_clip_frame_still_shows_one_frame() -> None:
    pts = np.array([0, 1, 500], dtype=np.int64)
    made = map_frames(plan_of(pts, 1000, [(0, 1)], Fraction(2), Fraction(1, 1000), vfr=True), pts)
    assert made.source_frames.tolist() == [0]


def test_a_plan_whose_timestamps_are_not_the_films_is_refused() -> None:
    pts = np.arange(10, dtype=np.int64) * 2
    plan = plan_of(pts, 20, [(2, 5)], Fraction(25), Fraction(1, 50), vfr=False)
    with pytest.raises(ValueError, match="not the film's"):
        map_frames(plan, pts + 1)
    with pytest.raises(ValueError, match="does not lie in a film"):
        map_frames(plan, pts[:4])
