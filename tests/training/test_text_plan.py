"""Which texts a video's words become."""

from __future__ import annotations

from fractions import Fraction

import pytest

from training.model.sample_plan import TextPart
from training.text_plan import PlannedText, as_words, event_words, null_texts, plan_texts
from training.words import ClipWords, SpokenEntity, SpokenEvent

WORDS = ClipWords(
    summary="{woman_red} waits, then {man_old} comes.",
    captions=("A woman in red.", "  ", "An old man."),
    entities=(
        SpokenEntity("camera", "{camera}", ""),
        SpokenEntity("woman_red", "{woman_red}", "{woman_red} wears a red coat."),
        SpokenEntity("man_old", "{man_old}", "{man_old} is old."),
    ),
    events=(
        SpokenEvent("camera", Fraction(0), Fraction(5), "{camera} pans left"),
        SpokenEvent("woman_red", Fraction(1, 2), Fraction(2), "{woman_red} waves to {man_old}."),
    ),
)
SUMMARY = PlannedText("woman red waits, then man old comes.", padded=True)
CAPTIONS = (PlannedText("A woman in red.", shots=(0,)), PlannedText("An old man.", shots=(2,)))
EVENTS = (
    PlannedText("woman red wears a red coat.", entity=2),
    PlannedText("man old is old.", entity=3),
    PlannedText("camera pans left", entity=1, seconds=(Fraction(0), Fraction(5))),
    PlannedText("woman red waves to man old.", entity=2, seconds=(Fraction(1, 2), Fraction(2))),
)


def test_the_three_ways_to_tell_a_video() -> None:
    assert plan_texts(WORDS, "shots") == (SUMMARY, *CAPTIONS)
    assert plan_texts(WORDS, "events") == (SUMMARY, *EVENTS)
    assert plan_texts(WORDS, "both") == (SUMMARY, *CAPTIONS, *EVENTS)


def test_without_a_summary_the_empty_prompt_stands_in_its_place() -> None:
    bare = ClipWords(None, (), (), ())
    assert plan_texts(bare, "both") == null_texts() == (PlannedText("", padded=True),)


def test_an_event_of_nobody_is_refused() -> None:
    stray = ClipWords(None, (), (), (SpokenEvent("ghost", Fraction(0), Fraction(1), "{ghost} howls"),))
    with pytest.raises(ValueError, match="'ghost'"):
        plan_texts(stray, "events")


def test_an_events_text_begins_with_its_entity_or_leaves_it_out() -> None:
    assert event_words("{cat_big} sleeps", "{cat_big}", "name") == "cat big sleeps"
    assert event_words("sleeps", "{cat_big}", "name") == "cat big sleeps"
    assert event_words("{cat_big} sleeps", "{cat_big}", "none") == "sleeps"
    assert event_words("{cat_big}, sleeping, sees {cat_big}", "{cat_big}", "none") == "sleeping, sees cat big"


def test_names_become_words_and_nothing_else_does() -> None:
    assert as_words(" {scene_old_pier}\n at  night, {not a name} ") == "scene old pier at night, {not a name}"


def test_times_go_over_to_latents() -> None:
    timed = PlannedText("x", entity=2, seconds=(Fraction(1, 2), Fraction(2)), shots=(1,))
    assert timed.part(7, Fraction(16)) == TextPart(7, 2, (2.0, 8.0), (1,))
    assert PlannedText("x", padded=True).part(512, Fraction(16)) == TextPart(512)
