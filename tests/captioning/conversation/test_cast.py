from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.answers.cast_answer import CastAnswer, NamedEntity
from captioning.conversation.cast import CastMember, described, read_cast, snake_name
from captioning.conversation.events_question import named_first
from captioning.faults.text_check import TextRules
from formats.invariants import ENTITY_NAME, kind_of

RULES = TextRules("en")
Named = tuple[str, str]


def cast(*subjects: Named, scenes: tuple[Named, ...] = (), most: int = 8) -> tuple[list[Named], list[str]]:
    """Names and descriptions, and faults."""
    answer = CastAnswer(
        subjects=tuple(NamedEntity(name=name, description=text) for name, text in subjects),
        scenes=tuple(NamedEntity(name=name, description=text) for name, text in scenes),
    )
    reading = read_cast(answer, RULES, most)
    return [(m.name, m.description) for m in reading.value or ()], [fault.kind for fault in reading.faults]


def test_one_person_named_twice_is_one_entity() -> None:
    members, faults = cast(("woman_red", "a woman in red."), ("man", "a man."), ("Woman Red", "a lady in a red coat."))
    assert members == [("woman_red", "a woman in red."), ("man", "a man.")]
    assert faults == ["bad_name", "repeated_entity"]


def test_one_person_described_twice_in_the_same_words_is_one_entity() -> None:
    members, faults = cast(("woman_1", "a woman in red."), ("woman_2", "A woman in red."))
    assert (members, faults) == ([("woman_1", "a woman in red.")], ["repeated_entity"])


def test_places_begin_with_scene_and_subjects_do_not() -> None:
    members, faults = cast(("scene_boat", "a boat."), scenes=(("pier", "a pier."), ("scene_beach", "a beach.")))
    assert [name for name, _ in members] == ["boat", "scene_pier", "scene_beach"]
    assert faults == ["bad_name"]


def test_what_is_measured_cannot_be_claimed() -> None:
    names = ("camera", "{camera}", "Transition", "SHOT TRANSITION", "scene_camera", "ｃａｍｅｒａ")
    members, faults = cast(*((name, "a thing.") for name in names), ("man", "a man."))
    assert ([name for name, _ in members], faults) == (["man"], ["special_name"] * 6)


def test_names_in_other_scripts_stay_apart() -> None:
    members, faults = cast(("女人", "a woman."), ("男人", "a man."), ("女人", "a lady."))
    assert [text for _, text in members] == ["a woman.", "a man."]
    assert members[0][0].startswith("thing_") and members[0][0] != members[1][0]
    assert faults == ["bad_name", "bad_name", "bad_name", "repeated_entity"]


def test_more_than_were_asked_for_are_left_out() -> None:
    members, faults = cast(("a", "a man."), ("b", "a boy."), ("c", "a dog."), scenes=(("d", "a pier."),), most=2)
    assert ([name for name, _ in members], faults) == (["a", "b", "scene_d"], ["too_many"])


def test_an_entity_without_a_usable_description_is_left_out_and_asked_for_again() -> None:
    members, faults = cast(("a", "I cannot tell."), ("b", "a boy."))
    assert ([name for name, _ in members], faults) == (["b"], ["refused"])
    assert cast(("a", "I cannot tell."))[1] == ["refused", "no_entities"]


@given(st.text(max_size=60), st.sampled_from(["subject", "scene"]))
def test_any_name_becomes_one_that_the_format_takes(text: str, kind: str) -> None:
    name = snake_name(text, kind)  # type: ignore[arg-type]
    assert ENTITY_NAME.fullmatch(f"{{{name}}}")
    assert len(name) <= 40
    if name not in ("camera", "transition", "shot_transition"):
        assert kind_of(f"{{{name}}}") == kind
    assert snake_name(name, kind) == name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("A woman in red.", "{woman_red} is a woman in red."),
        ("an old lady.", "{woman_red} is an old lady."),
        ("The hat is red.", "The hat is red."),
    ],
)
def test_a_description_says_who_it_is_of(text: str, whole: str) -> None:
    assert described(CastMember("woman_red", "subject", text)) == whole


@pytest.mark.parametrize(
    ("text", "prompt", "faults"),
    [
        ("{woman_red} waves.", "{woman_red} waves.", []),
        ("She waves.", "{woman_red} waves.", ["name_not_first"]),
        ("woman_red waves.", "{woman_red} waves.", ["name_not_first"]),
        ("The woman red waves.", "{woman_red} waves.", ["name_not_first"]),
        ("woman_red: waves.", "{woman_red} waves.", ["name_not_first"]),
        ("A woman waves.", None, ["name_missing"]),
        ("Shelves fall.", None, ["name_missing"]),
        ("{man} waves at {woman_red}.", None, ["name_missing"]),
    ],
)
def test_an_event_begins_with_its_name(text: str, prompt: str | None, faults: list[str]) -> None:
    reading = named_first(text, CastMember("woman_red", "subject", "a woman."), "event")
    assert (reading.value, [fault.kind for fault in reading.faults]) == (prompt, faults)


def test_a_place_is_known_by_its_name_without_scene() -> None:
    reading = named_first("The old pier lies in fog.", CastMember("scene_old_pier", "scene", "a pier."), "event")
    assert reading.value == "{scene_old_pier} lies in fog."
