"""Events, captions and entities in a window's own time."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from formats.clip_record import ClipRecord
from tests.training.data.small_records import small_record
from training.data.randomness import Draw
from training.data.resampling import ClipTiming
from training.data.window_words import WindowEvent, words_of
from training.data.windows import Window, WindowSettings, choose_window, why_no_window

examples = settings(max_examples=50)
RATES = [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60), Fraction(12)]


@st.composite
def records(draw: st.DrawFn) -> ClipRecord:
    lengths = draw(st.lists(st.integers(4, 150), min_size=1, max_size=4))
    total = sum(lengths)
    events: list[tuple[str, int, int]] = []
    for name in draw(st.lists(st.sampled_from(["camera", "woman", "dog"]), max_size=5)):
        start = draw(st.integers(0, total - 1))
        events.append((name, start, draw(st.integers(start + 1, total))))
    cuts = [sum(lengths[:number]) for number in range(1, len(lengths))]
    events += [("transition", cut, cut) for cut in cuts]
    captions = [(shot, f"caption {shot}") for shot in range(-1, len(lengths))]
    return small_record(lengths, draw(st.sampled_from(RATES)), events, captions)


def window_of(record: ClipRecord, frames: int, settings: WindowSettings, number: int = 0) -> Window:
    return choose_window(ClipTiming.of_record(record), frames, settings, Draw(0, number, record.key, "window").stream())


def property_window(record: ClipRecord, frames: int, settings: WindowSettings, number: int) -> Window:
    assume(why_no_window(ClipTiming.of_record(record), frames, settings) is None)
    return window_of(record, frames, settings, number)


any_settings = st.builds(
    WindowSettings,
    fps=st.sampled_from([8, 16, 25]),
    windows=st.sampled_from(["around_cuts", "uniform", "head"]),
    cuts=st.sampled_from(["trim", "majority"]),
)


@examples
@given(records(), st.sampled_from([5, 17, 33, 81]), any_settings, st.integers(0, 50))
def test_an_event_lasts_over_just_those_frames_of_the_window_that_were_its_own(
    record: ClipRecord, frames: int, settings: WindowSettings, number: int
) -> None:
    window = property_window(record, frames, settings, number)
    words = words_of(record, window)
    timed = iter(words.events)
    for event in record.events:
        if event.entity == "transition":
            cut_at = next((s for s, p in zip(window.starts, window.pieces, strict=True)
                           if s and record.shots[p.shot].frames[0] == event.frames[0]), None)  # fmt: skip
            if cut_at is not None:
                made = next(timed)
                assert made.start == made.end == Fraction(cut_at, settings.fps)
            continue
        own = [event.frames[0] <= frame < event.frames[1] for frame in window.clip_frames]
        if not any(own):
            continue
        made = next(timed)
        assert made.entity == event.entity
        assert 0 <= made.start < made.end <= Fraction(frames, settings.fps)
        assert own == [made.start <= Fraction(place, settings.fps) < made.end for place in range(frames)]
    assert next(timed, None) is None
    assert words.dropped_events == len(record.events) - len(words.events)


@examples
@given(records(), st.sampled_from([5, 17, 33, 81]), any_settings, st.integers(0, 50))
def test_captions_follow_their_shots_and_the_summary_needs_four_fifths_of_the_clip(
    record: ClipRecord, frames: int, settings: WindowSettings, number: int
) -> None:
    window = property_window(record, frames, settings, number)
    words = words_of(record, window)
    whole = [caption for caption in words.captions if caption.shot == -1]
    assert bool(whole) == (window.coverage >= Fraction(4, 5))
    assert {c.shot: c.text for c in words.captions if c.shot >= 0} == {
        number: f"caption {piece.shot}" for number, piece in enumerate(window.pieces)
    }


def test_an_event_across_a_cut_loses_the_time_of_the_frames_left_out() -> None:
    """At 16 fps: 41 + 42 frames, two of them left out; the event runs from frame 30 to 20 frames into the third shot."""
    record = small_record([41, 42, 60], Fraction(16), [("woman", 30, 103), ("dog", 81, 83), ("transition", 83, 83)])
    window = window_of(record, 121, WindowSettings(windows="head"))
    words = words_of(record, window)
    assert [(e.start * 16, e.end * 16) for e in words.events] == [(30, 101), (81, 81)]
    assert words.dropped_events == 1
    assert [entity.id for entity in words.entities] == ["transition", "woman"]


def test_an_event_that_ends_with_its_shot_ends_at_the_cut() -> None:
    """A shot of 62 frames at 24 fps is 41.33 frames at 16: it is shown for 41, and ends there."""
    record = small_record([62, 90], Fraction(24), [("woman", 12, 62), ("dog", 62, 100)])
    window = window_of(record, 81, WindowSettings(windows="head", cuts="majority"))
    starts = Fraction(window.starts[1], 16)
    events = words_of(record, window).events
    assert events[0] == WindowEvent("woman", Fraction(1, 2), starts, "{woman} acts", "measured")
    assert events[1].start == starts


def test_an_entity_that_only_a_caption_names_is_kept() -> None:
    record = small_record([3, 50], Fraction(16), [("woman", 0, 2), ("dog", 0, 2)], [(1, "{dog} sleeps")])
    window = window_of(record, 49, WindowSettings(windows="uniform"), 7)
    assert window.clip_frames[0] >= 2
    assert [entity.id for entity in words_of(record, window).entities] == ["dog"]
