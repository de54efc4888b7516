"""Tags of single shots, asked pillar by pillar."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.answers.schema import KEPT_KEYWORDS
from captioning.answers.tags_answer import tags_schema
from captioning.asks import Answer
from captioning.conversation.converse import converse
from captioning.conversation.result import ConversationError, ConversationResult
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.conversation.tags_question import tags_question
from captioning.taxonomy.nodes import PILLARS, Pillar, taxonomy
from tests.captioning.conversation.scripted_backend import (
    FPS,
    Say,
    ScriptedBackend,
    honest,
    measured_of,
    pictures_of,
    question_of,
    sampled_clip,
)
from tests.captioning.conversation.whole_record import check_annotation

SETTINGS = ConversationSettings(tags=PILLARS)
TWO_SHOTS = sampled_clip("aa-0-0-108", [("the street", 48), ("the kitchen", 60)])
FLAT = "Camera -> Trajectory -> Camera Movement -> 2D"
HAIR = "Setup -> Subjects -> Hair"


def talked(say: Say, settings: ConversationSettings = SETTINGS) -> tuple[ConversationResult, ScriptedBackend]:
    backend = ScriptedBackend(say)
    result = asyncio.run(converse(TWO_SHOTS, measured_of(TWO_SHOTS), RoleBackends.all_by(backend), settings))
    check_annotation(TWO_SHOTS, result.annotation)
    return result, backend


def tags_instead(**answers: Any) -> Say:
    """``camera=...``: what is answered about that pillar of the first shot; nothing is seen otherwise."""

    def say(ask: Any, truth: Any) -> Any:
        if question_of(ask) != "tags":
            return truth
        name = ask.id.split("/")[1]
        return answers.get(name.removeprefix("tags-0-"), {})

    return say


def read(answer: Any, pillar: Pillar = "Setup") -> tuple[list[tuple[str, str]] | None, list[str]]:
    question = tags_question(TWO_SHOTS.shots[0], pillar, FPS, SETTINGS)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    reading = question.read(Answer("x", text, "stop", 0, 0))
    tags = None if reading.value is None else [(tag.node, tag.value) for tag in reading.value]
    return tags, [fault.kind for fault in reading.faults]


def test_no_tag_is_asked_for_unless_it_is_wanted() -> None:
    _, backend = talked(lambda _, truth: truth, ConversationSettings())
    assert "tags" not in {question_of(ask) for ask in backend.asks}


def test_every_shot_is_asked_once_per_pillar_and_sees_only_its_own_pictures() -> None:
    result, backend = talked(lambda _, truth: truth)
    asked = {ask.id.split("/")[1]: ask for ask in backend.asks if question_of(ask) == "tags"}
    assert set(asked) == {f"tags-{shot}-{pillar.lower()}" for shot in (0, 1) for pillar in PILLARS}
    for name, ask in asked.items():
        place = "the street" if name.startswith("tags-0") else "the kitchen"
        assert all(picture.startswith(place) for picture in pictures_of(ask))
    said = [(tag.shot, tag.node, tag.value) for tag in result.annotation.tags if tag.origin == "scripted"]
    assert (0, "Camera -> Intrinsics -> Lens Size", "Standard") in said
    assert len(said) == 2 * len(PILLARS)
    assert [model.id.partition("/")[0] for model in result.annotation.models if model.role == "prompt"].count(
        "tags"
    ) == 1


def test_the_measured_tag_stands_and_what_it_excludes_is_counted() -> None:
    result, _ = talked(tags_instead(camera={FLAT: ["Pan right", "Pan left"]}))
    assert [(tag.shot, tag.value, tag.origin) for tag in result.annotation.tags] == [(0, "Pan left", "measured")]
    assert [(row.fault, row.outcome, row.count) for row in result.counts.faults] == [
        ("contradicts_measured_tag", "left_out", 1)
    ]


@pytest.mark.parametrize(
    ("answer", "tags", "faults"),
    [
        ({}, [], []),
        ({HAIR: ["long and grey"]}, [(HAIR, "long and grey")], []),
        ({HAIR: "grey"}, [(HAIR, "grey")], []),
        ("```json\n{}\n```", [], ["wrapped"]),
        ({"Setup -> Mood": ["calm"], HAIR: ["grey"]}, [(HAIR, "grey")], ["unknown_node"]),
        ({"Camera -> Intrinsics -> Lens Size": ["Wide"]}, [], ["unknown_node"]),
        ({"Setup -> Scene -> Texture -> Blur": ["Motion blur"]}, [], ["unknown_value"]),
        (
            {"Setup -> Scene -> Geometry -> Frame -> Shapes -> Natural": ["water like"]},
            [("Setup -> Scene -> Geometry -> Frame -> Shapes -> Natural", "Water-like")],
            ["value_spelling"],
        ),
        ({HAIR: ["of many colours, " * 10]}, [], ["unfinished", "looping"]),
        ({HAIR: ["a", "b", "c", "d", "e"]}, [(HAIR, letter) for letter in "abcd"], ["too_many"]),
        ({HAIR: ["I cannot see any hair."]}, [], ["refused"]),
        ({HAIR: ["grey", "grey"]}, [(HAIR, "grey")], []),
        ({HAIR: []}, [], []),
        ({HAIR: [3]}, None, ["wrong_shape"]),
        ("no tags here", None, ["not_json"]),
        ("[]", None, ["not_json"]),
    ],
)
def test_each_fault_of_an_answer_has_its_rule(
    answer: Any, tags: list[tuple[str, str]] | None, faults: list[str]
) -> None:
    found, kinds = read(answer)
    assert found == tags
    assert sorted(set(kinds)) == sorted(set(faults))


def test_how_an_event_is_portrayed_is_left_out_without_the_event() -> None:
    path = "Events -> Types -> Dialogues -> Portrayed as -> Contextual -> Background"
    assert read({path: ["present"]}, "Events") == ([], ["orphan_tag"])
    speech = "Events -> Types -> Dialogues -> Type of Delivery"
    assert read({path: ["present"], speech: ["Monologue"]}, "Events")[1] == []


def test_an_answer_that_stays_unreadable_fails_the_clip_or_leaves_the_measured_tags() -> None:
    say = tags_instead(lighting="nonsense")
    with pytest.raises(ConversationError) as failure:
        talked(say)
    assert failure.value.reason == "answer_not_json"
    settings = SETTINGS.model_copy(update={"on_reject": "measured"})
    result, _ = talked(say, settings)
    assert result.annotation.tags == measured_of(TWO_SHOTS).tags
    assert result.counts.measured == 1


@pytest.mark.parametrize("pillar", PILLARS)
def test_the_schema_is_bounded_and_lets_a_model_say_nothing_but_the_taxonomy(pillar: Pillar) -> None:
    schema = tags_schema(taxonomy().of(pillar))
    check = jsonschema.Draft202012Validator(schema)
    assert check.is_valid({})
    assert not check.is_valid({"Camera -> Nonsense": ["x"]})
    for node in taxonomy().of(pillar):
        good = node.closed[0] if node.closed else "anything"
        assert check.is_valid({node.path: [good]})
        assert check.is_valid({node.path: ["nonsense"]}) is not bool(node.closed)
        assert not check.is_valid({node.path: [good] * 5})
        assert not check.is_valid({node.path: []})
        assert set(schema["properties"][node.path]) <= KEPT_KEYWORDS


VALUES = st.one_of(
    st.text(max_size=8), st.lists(st.text(max_size=70) | st.sampled_from(["Wide", "LOW", "present"]), max_size=6)
)


@given(
    st.dictionaries(
        st.sampled_from([node.path for node in taxonomy().nodes]) | st.text(max_size=5), VALUES, max_size=6
    ),
    st.sampled_from(PILLARS),
)
def test_whatever_is_answered_only_tags_of_the_taxonomy_come_out(answer: Any, pillar: Pillar) -> None:
    tags, _ = read(answer, pillar)
    assert tags is not None
    assert len(set(tags)) == len(tags)
    for node, value in tags:
        assert taxonomy().node(node).pillar == pillar
        assert taxonomy().node(node).takes(value)


def test_an_honest_answer_fits_its_schema() -> None:
    _, backend = talked(lambda _, truth: truth)
    for ask in backend.asks:
        jsonschema.validate(honest(ask), json.loads(ask.schema))
