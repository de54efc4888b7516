"""Windows of clips: exact in length and at cuts, of one shot at a time, and drawn as the policy says."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from training.data.randomness import Draw, DrawStream
from training.data.resampling import ClipTiming
from training.data.windows import NoWindowError, Window, WindowSettings, choose_window, why_no_window
from training.latent_mapping import ShotTooShortError, first_frame_of, map_shots

examples = settings(max_examples=50)
RATES = [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60), Fraction(12)]


def timing_of(lengths: list[int], fps: Fraction = Fraction(16)) -> ClipTiming:
    borders = [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    return ClipTiming(fps, tuple(pairwise(borders)))


timings = st.builds(timing_of, st.lists(st.integers(1, 200), min_size=1, max_size=6), st.sampled_from(RATES))
window_settings = st.builds(
    WindowSettings,
    fps=st.sampled_from([8, 16, 24, 25]),
    windows=st.sampled_from(["around_cuts", "head", "uniform", "full"]),
    single_shot_fraction=st.sampled_from([0.0, 0.1, 1.0]),
    shortest_piece=st.integers(1, 20),
    cuts=st.sampled_from(["trim", "majority"]),
)
bucket_frames = st.integers(0, 30).map(lambda n: 4 * n + 1)


def draw_of(number: int) -> DrawStream:
    return Draw(0, number, "clip", "window").stream()


def drawn(timing: ClipTiming, frames: int, settings: WindowSettings, number: int) -> Window:
    assume(why_no_window(timing, frames, settings) is None)
    return choose_window(timing, frames, settings, draw_of(number))


@examples
@given(timings, bucket_frames, window_settings, st.integers(0, 100))
def test_a_window_has_exactly_its_buckets_frames_each_of_its_own_shot(
    timing: ClipTiming, frames: int, settings: WindowSettings, number: int
) -> None:
    window = drawn(timing, frames, settings, number)
    assert window.frames == frames == sum(piece.frames for piece in window.pieces)
    for piece, start in zip(window.pieces, window.starts, strict=True):
        first, end = timing.shots[piece.shot]
        shown = window.clip_frames[start : start + piece.frames]
        assert all(first <= frame < end for frame in shown)
        for place, frame in enumerate(shown, piece.first):
            since = frame - first
            assert since / timing.fps <= Fraction(place, settings.fps) < (since + 1) / timing.fps
    assert list(window.clip_frames) == sorted(window.clip_frames)


@examples
@given(timings, bucket_frames, window_settings, st.integers(0, 100))
def test_a_window_leaves_out_no_shot_and_at_most_three_frames_before_a_cut(
    timing: ClipTiming, frames: int, settings: WindowSettings, number: int
) -> None:
    window = drawn(timing, frames, settings, number)
    lengths = timing.lengths(settings.fps)
    assert all(after.shot == before.shot + 1 for before, after in pairwise(window.pieces))
    assert all(piece.first == 0 for piece in window.pieces[1:])
    for piece in window.pieces[:-1]:
        assert piece.first + piece.frames + piece.dropped == lengths[piece.shot]
        assert piece.dropped <= (3 if settings.cuts == "trim" else 0)
    if len(window.pieces) > 1:
        assert window.pieces[0].dropped == 0
    assert window.pieces[-1].dropped == 0
    assert 0 < window.coverage <= 1


@examples
@given(timings, bucket_frames, window_settings, st.integers(0, 100))
def test_trimmed_cuts_are_exact_in_latents(
    timing: ClipTiming, frames: int, settings: WindowSettings, number: int
) -> None:
    window = drawn(timing, frames, settings, number)
    assert window.latents.kept == tuple(piece.frames for piece in window.pieces)
    assert window.latents.frames == frames
    if settings.cuts == "trim":
        assert window.starts == tuple(first_frame_of(latent) for latent in window.latents.starts)
    assert len(window.told()) == sum(p.dropped > 0 for p in window.pieces) + sum(o != 0 for o in window.latents.off)


@examples
@given(timings, bucket_frames, window_settings, st.integers(0, 100))
def test_the_same_draw_gives_the_same_window(
    timing: ClipTiming, frames: int, settings: WindowSettings, number: int
) -> None:
    assert drawn(timing, frames, settings, number) == choose_window(timing, frames, settings, draw_of(number))


@examples
@given(timings, bucket_frames, window_settings)
def test_a_clip_has_a_window_or_a_reason(timing: ClipTiming, frames: int, settings: WindowSettings) -> None:
    reason = why_no_window(timing, frames, settings)
    if reason is None:
        choose_window(timing, frames, settings, draw_of(0))
    else:
        with pytest.raises(NoWindowError) as raised:
            choose_window(timing, frames, settings, draw_of(0))
        assert str(raised.value) == reason


@examples
@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), bucket_frames, st.sampled_from(["trim", "majority"]))
def test_no_window_is_overlooked(lengths: list[int], frames: int, cuts: str) -> None:
    """By trying all runs of frames: where one maps onto latents, there is a window."""
    settings = WindowSettings.model_validate({"windows": "uniform", "cuts": cuts})
    owner = [shot for shot, length in enumerate(lengths) for _ in range(length)]
    found = False
    for begin in range(len(owner)):
        for end in range(begin + frames, min(len(owner), begin + frames + 3 * len(lengths)) + 1):
            runs = [count for _, count in sorted(Counter(owner[begin:end]).items())]
            try:
                found = found or map_shots(runs, settings.cuts).frames == frames
            except ShotTooShortError:
                continue
    assert found == (why_no_window(timing_of(lengths), frames, settings) is None)


def test_around_cuts_every_cut_is_as_likely_and_one_window_in_ten_has_none() -> None:
    timing = timing_of([100, 60, 90])
    windows = [choose_window(timing, 81, WindowSettings(), draw_of(number)) for number in range(1000)]
    single = [window for window in windows if len(window.pieces) == 1]
    assert 0.07 < len(single) / len(windows) < 0.13
    for cut in (1, 2):
        holding = sum(window.pieces[0].shot < cut <= window.pieces[-1].shot for window in windows)
        assert 0.4 < holding / len(windows) < 0.75
    for window in windows:
        assert len(window.pieces) == 1 or min(window.pieces[0].frames, window.pieces[-1].frames) >= 8


def test_a_cut_near_the_clips_end_is_still_shown_where_no_better_window_holds_one() -> None:
    window = choose_window(timing_of([90, 5]), 81, WindowSettings(single_shot_fraction=0), draw_of(0))
    assert [piece.frames for piece in window.pieces] == [77, 4]


def test_a_clip_of_one_shot_gives_windows_of_one_shot() -> None:
    begins = {
        choose_window(timing_of([100]), 81, WindowSettings(), draw_of(number)).clip_frames[0] for number in range(400)
    }
    assert begins == set(range(20))


def test_uniform_windows_begin_anywhere() -> None:
    settings = WindowSettings(windows="uniform")
    counts = Counter(
        choose_window(timing_of([60, 60]), 41, settings, draw_of(number)).pieces[0].shot for number in range(500)
    )
    assert abs(counts[0] - 60 / 80 * 500) < 40


def test_a_head_window_begins_at_the_first_frame_or_where_its_first_cut_is_exact() -> None:
    settings = WindowSettings(windows="head")
    assert choose_window(timing_of([100, 20]), 81, settings, draw_of(0)).clip_frames == tuple(range(81))
    window = choose_window(timing_of([44, 60]), 81, settings, draw_of(0))
    assert window.clip_frames == tuple(range(3, 84))
    assert [piece.frames for piece in window.pieces] == [41, 40]


def test_a_full_window_reaches_the_last_shot_or_says_that_it_does_not() -> None:
    settings = WindowSettings(windows="full")
    assert choose_window(timing_of([41, 39]), 77, settings, draw_of(0)).pieces[-1].shot == 1
    assert why_no_window(timing_of([81, 39]), 81, settings) == "its first 81 frames end before its last shot begins"


def test_what_a_window_costs_is_told() -> None:
    window = choose_window(timing_of([41, 22, 60]), 81, WindowSettings(windows="head"), draw_of(0))
    assert window.told() == ("2 of the frames of shot 1 before the cut are left out",)
    kept = choose_window(timing_of([40, 22, 60]), 81, WindowSettings(windows="head", cuts="majority"), draw_of(0))
    assert kept.told() == (
        "shot 1 begins in latents 1 frames after its cut",
        "shot 2 begins in latents 1 frames before its cut",
    )


def test_why_a_clip_has_no_window_is_said_in_words() -> None:
    for lengths, reason in [
        ([80], "it has 80 frames at 16 fps, fewer than 81"),
        ([44, 39], "cut to whole latents, its shots have 77 frames at 16 fps, fewer than 81"),
        ([60, 3, 60], "no window of 81 frames is without a shot too short for a latent of its own"),
    ]:
        assert why_no_window(timing_of(lengths), 81, WindowSettings()) == reason


def test_windows_are_of_4n_plus_1_frames() -> None:
    with pytest.raises(ValueError, match="4n \\+ 1"):
        why_no_window(timing_of([100]), 80, WindowSettings())


def test_a_rate_below_the_target_repeats_frames_and_blends_none() -> None:
    window = choose_window(timing_of([30], Fraction(8)), 5, WindowSettings(windows="head"), draw_of(0))
    assert window.clip_frames == (0, 0, 1, 1, 2)


def test_settings_that_are_none_are_refused() -> None:
    for wrong in ({"fps": 0}, {"windows": "tail"}, {"single_shot_fraction": 1.5}, {"cut": "trim"}):
        with pytest.raises(ValidationError):
            WindowSettings.model_validate(wrong)
