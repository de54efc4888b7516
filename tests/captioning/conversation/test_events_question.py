"""What is left of an answer about one shot, fault by fault."""

from __future__ import annotations

import json
from typing import Any

import pytest

from captioning.asks import Answer
from captioning.conversation.cast import CastMember
from captioning.conversation.event_lines import EntityEvent
from captioning.conversation.events_question import ShotEvents, events_question, named_first
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import Reading
from tests.captioning.conversation.scripted_backend import FPS, sampled_clip

SHOT = sampled_clip("a", [("before", 48), ("here", 96)]).shots[1]
CAST = (CastMember("woman_red", "subject", "a woman."), CastMember("scene_pier", "scene", "a pier."))
PIER = {"visible": True, "events": [{"start": 2, "end": 6, "prompt": "{scene_pier} lies in fog."}]}


def read(**entities: Any) -> Reading[ShotEvents]:
    question = events_question(SHOT, FPS, CAST, ConversationSettings(most_events=2))
    return question.read(Answer("id", json.dumps({"scene_pier": PIER, **entities}), "stop", 0, 0))


def said(start: float = 3, end: float = 4, prompt: str = "{woman_red} waves.") -> dict[str, Any]:
    return {"start": start, "end": end, "prompt": prompt}


def seen(*events: dict[str, Any]) -> dict[str, Any]:
    return {"visible": True, "events": list(events)}


@pytest.mark.parametrize(
    ("red", "faults"),
    [
        (seen(said()), []),
        (seen(said(prompt="She waves.")), ["name_not_first"]),
        (seen(said(prompt="{woman_red} waves at {camera}.")), ["stray_braces"]),
        (seen(said(), said(3.5, 4)), ["repeated_event"]),
        (seen(said(), said(7, 9)), ["outside_shot", "no_time"]),
        (seen(said(), said(3, 4, "A dog barks.")), ["name_missing"]),
        (seen(said(), said(3, 4, "I cannot tell.")), ["refused"]),
        (seen(said(), said(4, 4.5), said(5, 6)), ["too_many", "repeated_event"]),
    ],
)
def test_one_event_is_kept_whatever_is_wrong_with_another(red: dict[str, Any], faults: list[str]) -> None:
    reading = read(woman_red=red)
    assert reading.value is not None
    assert reading.value[0][0].frames[0] == 72
    assert "{camera}" not in reading.value[0][0].prompt
    assert reading.value[1] == (EntityEvent((48, 144), "{scene_pier} lies in fog."),)
    assert [fault.kind for fault in reading.faults] == faults


@pytest.mark.parametrize(
    ("entities", "faults"),
    [
        ({"woman_red": {"visible": False, "events": []}}, []),
        ({"woman_red": {"visible": False, "events": [said(), said()]}}, ["not_visible", "not_visible"]),
        ({"woman_red": seen()}, ["no_event"]),
        ({"woman_red": seen(said(9, 9.5))}, ["outside_shot", "no_time", "no_event"]),
        ({}, ["wrong_shape"]),
        ({"woman_red": {"visible": False, "events": []}, "nobody": seen(said())}, ["unknown_name"]),
    ],
)
def test_who_has_no_event_keeps_nobody_elses(entities: dict[str, Any], faults: list[str]) -> None:
    reading = read(**entities)
    assert reading.value == ((), (EntityEvent((48, 144), "{scene_pier} lies in fog."),))
    assert [fault.kind for fault in reading.faults] == faults


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("The man runs.", "{man} runs."),
        ("Man: runs.", "{man} runs."),
        ("She waves.", "{man} waves."),
        ("This stands in the corner.", "{man} stands in the corner."),
        ("It's raining on him.", None),
        ("It’s his turn.", None),
        ("It is raining on him.", None),
        ("Man's hat falls off.", None),
        ("Man-made hills rise.", None),
        ("This man walks.", None),
        ("He'd rather wait.", None),
    ],
)
def test_a_name_takes_the_place_of_a_whole_subject_or_is_asked_for(text: str, repaired: str | None) -> None:
    reading = named_first(text, CastMember("man", "subject", "a man."), "man.events[0]")
    assert (reading.value, [fault.kind for fault in reading.faults]) == (
        repaired,
        ["name_missing" if repaired is None else "name_not_first"],
    )


def test_others_may_be_named_in_an_event() -> None:
    reading = read(woman_red=seen(said(prompt="{woman_red} runs along {scene_pier}.")))
    assert reading.value is not None
    assert reading.value[0][0].prompt == "{woman_red} runs along {scene_pier}."
    assert reading.faults == ()


def test_the_question_tells_who_is_sought_and_in_which_seconds() -> None:
    question = events_question(SHOT, FPS, CAST, ConversationSettings())
    assert "- woman_red: a woman.\n- scene_pier: a pier." in str(question.parts[-1])
    assert "from 2.00 to 6.00 seconds" in str(question.parts[-1])
    assert [part for part in question.parts[:-1] if isinstance(part, str)] == [
        "Picture 1, 2.79 s:",
        "Picture 2, 4.00 s:",
        "Picture 3, 5.17 s:",
    ]
