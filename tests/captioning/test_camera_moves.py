from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.background_track import BackgroundMotion
from captioning.camera_moves import STILL_BELOW, CameraMove, camera_moves

FPS = Fraction(24)


def motions_of(*parts: tuple[int, tuple[float, float, float, float]], fps: int = 24) -> list[BackgroundMotion | None]:
    """Each part: how many motions, and the picture's right, down, log zoom and clockwise radians per *second*."""
    return [
        BackgroundMotion(right / fps, down / fps, zoom / fps, clockwise / fps, 1.0)
        for count, (right, down, zoom, clockwise) in parts
        for _ in range(count)
    ]


def moves_of(motions: list[BackgroundMotion | None], start: int = 0) -> tuple[CameraMove, ...]:
    return camera_moves(motions, (start, start + len(motions) + 1), FPS)


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        ((0.0, 0.0, 0.0, 0.0), "static"),
        ((0.1, 0.0, 0.0, 0.0), "pan_left"),
        ((-0.1, 0.0, 0.0, 0.0), "pan_right"),
        ((0.0, 0.1, 0.0, 0.0), "tilt_up"),
        ((0.0, -0.1, 0.0, 0.0), "tilt_down"),
        ((0.0, 0.0, 0.2, 0.0), "zoom_in"),
        ((0.0, 0.0, -0.2, 0.0), "zoom_out"),
        ((0.0, 0.0, 0.0, 0.2), "roll_anticlockwise"),
        ((0.0, 0.0, 0.0, -0.2), "roll_clockwise"),
    ],
)
def test_the_camera_moves_against_the_picture(picture: tuple[float, float, float, float], kind: str) -> None:
    (move,) = moves_of(motions_of((40, picture)), start=7)
    assert move.kinds == (kind,)
    assert move.frames == (7, 48)


def test_a_combined_move_names_the_main_one_first() -> None:
    (move,) = moves_of(motions_of((40, (0.1, 0.0, -0.4, 0.0))))
    assert move.kinds == ("zoom_out", "pan_left")
    assert move.speed == pytest.approx(0.2)


def test_a_small_drift_within_a_large_move_is_not_a_move_of_its_own() -> None:
    (move,) = moves_of(motions_of((40, (0.3, 0.03, 0.0, 0.0))))
    assert move.kinds == ("pan_left",)


def test_the_border_stands_where_the_move_begins() -> None:
    still, pan = moves_of(motions_of((30, (0.0, 0.0, 0.0, 0.0)), (30, (0.1, 0.0, 0.0, 0.0))))
    assert (still.kinds, pan.kinds) == (("static",), ("pan_left",))
    assert abs(still.frames[1] - 30) <= 1
    assert still.frames[1] == pan.frames[0]


def test_a_jolt_of_three_frames_is_no_move() -> None:
    (move,) = moves_of(motions_of((30, (0.0,) * 4), (3, (0.1, 0.0, 0.0, 0.0)), (30, (0.0,) * 4)))
    assert move.kinds == ("static",)


def test_a_whip_pan_of_six_frames_is_a_quick_pan() -> None:
    still = (20, (0.0, 0.0, 0.0, 0.0))
    _, whip, _ = moves_of(motions_of(still, (6, (-1.5, 0.0, 0.0, 0.0)), still))
    assert whip.kinds == ("pan_right",)
    assert 5 <= whip.frames[1] - whip.frames[0] <= 9


def test_one_pan_and_back_is_two_pans_and_not_handheld() -> None:
    left, right = moves_of(motions_of((40, (0.1, 0.0, 0.0, 0.0)), (40, (-0.1, 0.0, 0.0, 0.0))))
    assert (left.kinds, right.kinds) == (("pan_left",), ("pan_right",))


def test_a_to_and_fro_is_handheld() -> None:
    time = np.arange(96) / 24
    place = 0.006 * np.sin(2 * np.pi * 1.4 * time), 0.006 * np.sin(2 * np.pi * 1.9 * time + 1)
    motions: list[BackgroundMotion | None] = [
        BackgroundMotion(float(right), float(down), 0.0, 0.0, 1.0)
        for right, down in zip(*map(np.diff, place), strict=True)
    ]
    (move,) = moves_of(motions)
    assert move.kinds == ("handheld",)


def test_a_wobble_on_a_steady_pan_stays_a_pan() -> None:
    time = np.arange(97) / 24
    place = 0.15 * time + 0.004 * np.sin(2 * np.pi * 2.0 * time)
    (move,) = moves_of([BackgroundMotion(float(d), 0.0, 0.0, 0.0, 1.0) for d in np.diff(place)])
    assert move.kinds == ("pan_left",)


def test_noise_of_measurement_is_static() -> None:
    random = np.random.default_rng(1)
    jitter = np.diff(random.normal(0, 0.0006, (97, 4)), axis=0)
    (move,) = moves_of([BackgroundMotion(*(float(x) for x in row), error=0.0006) for row in jitter])
    assert move.kinds == ("static",)


def test_what_was_not_measured_is_unknown_and_a_short_gap_is_bridged() -> None:
    nothing: list[BackgroundMotion | None] = [None] * 30
    pan = motions_of((30, (0.1, 0.0, 0.0, 0.0)))
    assert [m.kinds for m in moves_of(nothing)] == [("unknown",)]
    assert [m.kinds for m in moves_of(pan + nothing)] == [("pan_left",), ("unknown",)]
    assert [m.kinds for m in moves_of(pan + nothing[:3] + pan)] == [("pan_left",)]


def test_a_shot_of_one_frame_is_unknown() -> None:
    assert camera_moves([], (5, 6), FPS) == (CameraMove((5, 6), ("unknown",), 0.0),)


def test_the_wrong_number_of_motions_is_refused() -> None:
    with pytest.raises(ValueError, match="9 motions, got 3"):
        camera_moves([None] * 3, (0, 10), FPS)


def test_speed_does_not_depend_on_the_frame_rate() -> None:
    at_60 = motions_of((120, (0.1, 0.0, 0.0, 0.0)), fps=60)
    (move,) = camera_moves(at_60, (0, 121), Fraction(60))
    assert (move.kinds, round(move.speed, 6)) == (("pan_left",), 0.1)


rates = st.floats(-1.0, 1.0) | st.floats(-2 * STILL_BELOW, 2 * STILL_BELOW)
parts = st.tuples(st.integers(1, 30), st.none() | st.tuples(rates, rates, rates, rates))


@settings(max_examples=60, deadline=None)
@given(st.lists(parts, min_size=1, max_size=6), st.integers(0, 500))
def test_moves_cover_the_shot_without_gap_or_overlap(
    drawn: list[tuple[int, tuple[float, float, float, float] | None]], start: int
) -> None:
    motions = [m for count, part in drawn for m in (motions_of((count, part)) if part else [None] * count)]
    moves = moves_of(motions, start)
    assert (moves[0].frames[0], moves[-1].frames[1]) == (start, start + len(motions) + 1)
    for before, after in pairwise(moves):
        assert before.frames[1] == after.frames[0]
        assert set(before.kinds) != set(after.kinds)
    assert all(move.frames[0] < move.frames[1] and np.isfinite(move.speed) for move in moves)
    assert all(0.0 <= move.confidence <= 1.0 for move in moves)


@pytest.mark.parametrize("begins", [40, 41, 42, 43])
def test_a_border_between_two_looks_is_found_to_the_frame(begins: int) -> None:
    speeds = [0.0] * begins + [0.1 / 24] * (96 - begins)
    looks = [BackgroundMotion(sum(speeds[i : i + 3]), 0.0, 0.0, 0.0) for i in range(0, 96, 3)]
    still, pan = camera_moves(looks, (10, 107), FPS, every=3)
    assert (still.kinds, pan.kinds) == (("static",), ("pan_left",))
    assert still.frames == (10, 10 + begins)


def test_confidence_falls_with_what_agrees() -> None:
    def confidence(agreement: float) -> float:
        (move,) = moves_of([BackgroundMotion(0.1 / 24, 0.0, 0.0, 0.0, agreement) for _ in range(40)])
        return move.confidence

    assert confidence(1.0) == pytest.approx(1.0)
    assert confidence(0.4) == pytest.approx(0.4)
