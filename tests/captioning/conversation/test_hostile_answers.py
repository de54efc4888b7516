from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.asks import Answer, Ask
from captioning.conversation.converse import converse
from captioning.conversation.result import ConversationError, ConversationResult
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from tests.captioning.conversation.scripted_backend import ScriptedBackend, measured_of, question_of, sampled_clip
from tests.captioning.conversation.whole_record import check_annotation

CLIP = sampled_clip("aa", [("the street", 48), ("the kitchen", 60)])
MEASURED = ConversationSettings(on_reject="measured", attempts=2)
FAILING = ConversationSettings(attempts=2)


def talked(backend: ScriptedBackend, how: ConversationSettings = MEASURED) -> ConversationResult:
    result = asyncio.run(converse(CLIP, measured_of(CLIP), RoleBackends.all_by(backend), how))
    check_annotation(CLIP, result.annotation)
    return result


def saying(question: str, answer: Any) -> ScriptedBackend:
    return ScriptedBackend(lambda ask, truth: answer if question_of(ask) == question else truth)


WORDS = st.text(max_size=60) | st.sampled_from(
    [
        "{camera}",
        "{woman_red} runs.",
        "{transition} fades",
        "{scene_pier} glows.",
        "She waves and",
        "```json",
        "I cannot.",
        "Ende und",
    ]
)
NUMBERS = st.floats() | st.integers(-(10**400), 10**400) | st.sampled_from([1e308, -1.0, 0.5, 2.0, 4.5])
NAMES = st.sampled_from(
    [
        "camera",
        "{camera}",
        "transition",
        "shot_transition",
        "scene_",
        "scene_scene_x",
        "woman_red",
        "Женщина",
        "ｃａｍｅｒａ",
        "_",
        "a" * 40,
    ]
) | st.text(max_size=40)
EVENT = st.fixed_dictionaries({"start": NUMBERS, "end": NUMBERS, "prompt": WORDS})
IN_SHOT = st.fixed_dictionaries({"visible": st.booleans(), "events": st.lists(EVENT, max_size=6)})
NAMED = st.fixed_dictionaries({"name": NAMES, "description": WORDS})
ANY_JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(WORDS, part, max_size=4),
    max_leaves=12,
)


def as_text(value: Any) -> str:
    """As a sloppy server would write it, NaN included."""
    return json.dumps(value)


@settings(max_examples=50)
@given(st.sampled_from(["shot", "story", "cast", "events"]), ANY_JSON)
def test_any_json_makes_a_valid_annotation(question: str, answer: Any) -> None:
    talked(saying(question, as_text(answer)))


@settings(max_examples=50)
@given(st.sampled_from(["shot", "story", "cast", "events"]), st.text(max_size=200))
def test_any_text_makes_a_valid_annotation(question: str, answer: str) -> None:
    talked(saying(question, answer))


@settings(max_examples=50)
@given(IN_SHOT, IN_SHOT)
def test_any_events_make_a_valid_annotation_within_the_clip(red: Any, pier: Any) -> None:
    result = talked(saying("events", as_text({"woman_red": red, "scene_pier": pier, "nobody": red})))
    edges = {shot.frames for shot in CLIP.shots}
    for event in result.annotation.events:
        if event.origin == "scripted":
            assert event.frames == (0, 108) or any(s <= event.frames[0] < event.frames[1] <= e for s, e in edges)


@settings(max_examples=50)
@given(st.lists(NAMED, max_size=5), st.lists(NAMED, max_size=5))
def test_any_cast_makes_a_valid_annotation(subjects: Any, scenes: Any) -> None:
    result = talked(saying("cast", as_text({"subjects": subjects, "scenes": scenes})))
    claimed = [e for e in result.annotation.events if e.origin == "scripted"]
    assert not any(e.entity in ("camera", "transition") for e in claimed)
    assert [e.origin for e in result.annotation.events if e.entity == "camera"] == ["measured+scripted"] * 2


@settings(max_examples=50)
@given(st.sampled_from(["shot", "story", "cast", "events"]), ANY_JSON)
def test_a_clip_that_fails_says_why(question: str, answer: Any) -> None:
    backend = saying(question, as_text(answer))
    try:
        talked(backend, FAILING)
    except ConversationError as failure:
        assert failure.reason.startswith("answer_")
        assert question in failure.detail
        assert len(failure.detail) < 300


@pytest.mark.parametrize(
    "answer",
    [
        "x" * 10_000_000,
        '{"caption": "' + "a" * 10_000_000 + '"}',
        "{" * 1_000_000,
        "[" * 200_000 + "]" * 200_000,
        '{"subject":' * 20_000 + "1" + "}" * 20_000,
        '{"caption": "' + "ab " * 80_000 + '"}',
        "```" * 80_000,
        "{}" * 100_000,
        "\x00" * 100_000,
        '"\\ud800"',
        "\ud800{}",
        "NaN",
        "-" + "9" * 200_000,
    ],
    ids=lambda text: f"{text[:12]!r} x {len(text)}",
)
def test_huge_and_deep_answers_are_refused_at_once(answer: str) -> None:
    with pytest.raises(ConversationError) as failure:
        talked(saying("shot", answer), FAILING)
    assert failure.value.reason in ("answer_oversize", "answer_not_json", "answer_wrong_shape")
    assert len(failure.value.detail) < 300


@pytest.mark.parametrize(
    "character", ["a", "{", "}", "_", "*", "`", " ", "'", '"', "(", "́", "​", "[", "a ", "I ", "{a}", "“", "- "]
)
def test_long_texts_of_one_character_are_looked_through_to_their_end(character: str) -> None:
    """As long as the field allows: where a pattern that tries every way through would hang."""

    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if question_of(ask) == "story":
            return {**truth, "caption": (character * 2400)[:2400]}
        return truth

    assert talked(ScriptedBackend(say)).counts.asks <= 7


def test_half_an_answer_is_told_from_a_whole_one() -> None:
    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        text = json.dumps(truth)
        if question_of(ask) == "story" and ask.id.endswith("1"):
            return Answer(ask.id, text[: len(text) // 2], "length", 1, 1)
        if question_of(ask) == "cast":
            return Answer(ask.id, text + " " * 50, "length", 1, 1)
        return truth

    faults = {(f.fault, f.outcome) for f in talked(ScriptedBackend(say)).counts.faults}
    assert faults == {("truncated", "retried")}


def test_the_model_cannot_claim_what_is_measured() -> None:
    named = [
        {"name": name, "description": "a thing."}
        for name in ("{camera}", "Transition", "shot transition", "ｃａｍｅｒａ")
    ]
    backend = saying("cast", {"subjects": named, "scenes": [{"name": "scene_pier", "description": "a pier."}]})
    result = talked(backend)
    assert [e.id for e in result.annotation.entities] == ["camera", "transition", "scene_pier"]
    assert {(f.fault, f.count) for f in result.counts.faults} == {("special_name", 4)}
