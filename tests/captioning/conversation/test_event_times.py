from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.conversation.event_lines import EntityEvent, joined_in_shot, joined_over_cuts
from captioning.conversation.event_times import shot_interval
from captioning.frames.sampled_clip import SampledShot
from tests.captioning.conversation.scripted_backend import FPS, sampled_clip

SHOT = sampled_clip("a", [("before", 48), ("here", 96)]).shots[1]
"""Frames 48 to 144, 2 s to 6 s; pictures at frames 67, 96 and 124."""


def interval(start: float, end: float, shot: SampledShot = SHOT) -> tuple[tuple[int, int] | None, list[str]]:
    reading = shot_interval(start, end, "event", shot, FPS)
    return reading.value, [fault.kind for fault in reading.faults]


@pytest.mark.parametrize(
    ("start", "end", "frames", "faults"),
    [
        (3.0, 5.0, (72, 120), []),
        (3.02, 4.98, (72, 120), []),
        (2.5, 5.0, (48, 120), []),
        (3.0, 5.3, (72, 144), []),
        (5.0, 3.0, (72, 120), ["reversed_time"]),
        (0.0, 4.0, (48, 96), ["outside_shot"]),
        (4.0, 99.0, (96, 144), ["outside_shot"]),
        (-1e300, 1e300, (48, 144), ["outside_shot"]),
        (0.0, 1.0, None, ["outside_shot", "no_time"]),
        (6.0, 7.0, None, ["outside_shot", "no_time"]),
        (4.0, 4.0, None, ["no_time"]),
        (4.0, 4.01, None, ["no_time"]),
    ],
)
def test_stated_times_become_frames_of_the_shot(
    start: float, end: float, frames: tuple[int, int] | None, faults: list[str]
) -> None:
    assert [p.frame for p in SHOT.pictures] == [67, 96, 124]
    assert interval(start, end) == (frames, faults)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_is_stated_stays_inside_the_shot(start: float, end: float) -> None:
    frames, _ = interval(start, end)
    assert frames is None or 48 <= frames[0] < frames[1] <= 144


def test_a_shot_without_pictures_has_whole_events_only() -> None:
    assert interval(3.0, 4.0, replace(SHOT, pictures=())) == ((48, 144), [])


def test_rounding_is_to_the_nearest_frame_at_odd_rates() -> None:
    fps = Fraction(24000, 1001)
    reading = shot_interval(3.003, 5.005, "event", replace(SHOT, pictures=SHOT.pictures[1:2]), fps)
    assert reading.value == (48, 144)
    assert shot_interval(72 * 1001 / 24000, 120 * 1001 / 24000, "event", SHOT, fps).value == (72, 120)


def event(start: int, end: int, words: str = "{a} runs.") -> EntityEvent:
    return EntityEvent((start, end), words)


def test_the_same_sentence_twice_in_a_shot_is_one_event() -> None:
    reading = joined_in_shot([event(60, 90), event(0, 30), event(20, 60, "{A} runs."), event(91, 95)], "a")
    assert reading.value == (event(0, 90), event(91, 95))
    assert [fault.kind for fault in reading.faults] == ["repeated_event"] * 2


def test_different_sentences_may_overlap() -> None:
    both = (event(0, 30), event(0, 40, "{a} sings."))
    assert joined_in_shot(both, "a").value == both


def test_an_event_spans_a_cut_only_where_it_goes_on_in_the_same_words() -> None:
    assert joined_over_cuts([(event(0, 48),), (event(48, 96),)]) == (event(0, 96),)
    for first, second in (
        ((event(0, 48),), (event(48, 96, "{a} sings."),)),
        ((event(0, 47),), (event(48, 96),)),
        ((event(0, 48),), (event(49, 96),)),
    ):
        assert joined_over_cuts([first, second]) == (*first, *second)


def test_an_event_is_split_where_the_entity_is_away_for_a_shot() -> None:
    assert joined_over_cuts([(event(0, 48),), (), (event(96, 144),)]) == (event(0, 48), event(96, 144))


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_no_event_lasts_into_a_shot_in_which_its_entity_is_not_visible(visible: list[bool]) -> None:
    shots = [(event(24 * i, 24 * i + 24),) if seen else () for i, seen in enumerate(visible)]
    line = joined_over_cuts(shots)
    covered = {frame for e in line for frame in range(*e.frames)}
    assert covered == {frame for i, seen in enumerate(visible) if seen for frame in range(24 * i, 24 * i + 24)}
    runs = sum(seen and not before for before, seen in zip([False, *visible], visible, strict=False))
    assert len(line) == runs
