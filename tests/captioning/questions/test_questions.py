"""Questions about a prompt: what an answer must be to be taken."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.answers.prompt_answer import prompt_schema
from captioning.answers.schema import KEPT_KEYWORDS
from captioning.asks import Answer, Ask
from captioning.conversation.converse import conversation_fingerprint
from captioning.conversation.prompt_file import prompt
from captioning.conversation.result import ConversationError
from captioning.conversation.settings import ConversationSettings
from captioning.questions.of_prompt import PromptQuestions, questions_of_prompt
from captioning.questions.pillar_question import (
    MOST_PROMPT_CHARACTERS,
    PROMPT,
    PillarQuestions,
    pillar_question,
    stands_in,
)
from captioning.taxonomy.nodes import PILLARS, taxonomy
from tests.captioning.conversation.scripted_backend import ScriptedBackend

TEXT = "A low angle shot of a woman in a red coat, soft depth of field, rain falling; the camera pans left."
SETTINGS = ConversationSettings()
ANGLE = "Camera -> Extrinsics -> Angle"
FOCUS = "Camera -> Intrinsics -> Depth of Field"
GOOD = {
    "words": ["low angle"],
    "score": 0.9,
    "reason": 'The prompt says "low angle".',
    "question": "Does the video keep a convincing low angle on the woman?",
}


def answer(**categories: Any) -> dict[str, Any]:
    return {"words": ["low angle shot"], "categories": categories}


def read(said: Any) -> tuple[PillarQuestions | None, list[str]]:
    text = said if isinstance(said, str) else json.dumps(said)
    reading = pillar_question(TEXT, "Camera", SETTINGS).read(Answer("x", text, "stop", 0, 0))
    return reading.value, [fault.kind for fault in reading.faults]


def test_a_node_comes_with_words_score_reason_and_question() -> None:
    found, faults = read({"words": ["low angle shot", "Soft  depth of field"], "categories": {ANGLE: GOOD}})
    assert faults == []
    assert found is not None
    assert found.words == ("low angle shot", "Soft depth of field")
    (one,) = found.questions
    assert (one.node, one.words, one.score) == (ANGLE, ("low angle",), 0.9)
    assert (one.reason, one.question) == (GOOD["reason"], GOOD["question"])


def test_nodes_come_in_the_taxonomys_order() -> None:
    found, _ = read({"words": [], "categories": {ANGLE: GOOD, FOCUS: {**GOOD, "words": ["soft depth of field"]}}})
    assert found is not None
    assert [one.node for one in found.questions] == [FOCUS, ANGLE]


@pytest.mark.parametrize(
    ("change", "faults", "kept"),
    [
        ({"words": ["worm's eye view"]}, ["foreign_words", "no_words"], False),
        ({"words": ["low angle", "dolly"]}, ["foreign_words"], True),
        ({"words": ["ow angle"]}, ["foreign_words", "no_words"], False),
        ({"words": ['"LOW  angle."']}, [], True),
        ({"score": 1.5}, ["score_out_of_range"], False),
        ({"score": -0.1}, ["score_out_of_range"], False),
        ({"question": "The low angle is convincing."}, ["no_question"], False),
        ({"question": "Is it low? Is it good?"}, ["no_question"], False),
        ({"question": "I cannot help with that. Sorry?"}, ["refused"], False),
        ({"question": "Is it low " + "and low " * 60 + "?"}, ["wrong_shape"], None),
        ({"reason": "It is stated."}, ["reason_without_words"], True),
        ({"reason": ""}, ["wrong_shape"], None),
        ({"score": "high"}, ["wrong_shape"], None),
        ({"words": []}, ["wrong_shape"], None),
    ],
)
def test_each_fault_of_a_category_has_its_rule(change: dict[str, Any], faults: list[str], kept: bool | None) -> None:
    found, kinds = read(answer(**{ANGLE: {**GOOD, **change}}))
    assert kinds == faults
    assert (found is None) if kept is None else (found is not None and bool(found.questions) is kept)


def test_a_reason_that_cites_nothing_gets_the_words_put_before_it() -> None:
    found, _ = read(answer(**{ANGLE: {**GOOD, "reason": "It is stated."}}))
    assert found is not None
    assert found.questions[0].reason == '"low angle": It is stated.'


@pytest.mark.parametrize(
    ("said", "faults"),
    [
        ({"words": [], "categories": {}}, []),
        ({"words": ["purple rain"], "categories": {}}, ["foreign_words"]),
        (answer(**{"Camera -> Angle": GOOD}), ["unknown_node"]),
        (answer(**{"Setup -> Subjects -> Costume": {**GOOD, "words": ["red coat"]}}), ["unknown_node"]),
        ('```json\n{"words": [], "categories": {}}\n```', ["wrapped"]),
        ("I cannot do that.", ["not_json"]),
        ('{"words": [], "categ', ["not_json"]),
        ({"words": []}, ["wrong_shape"]),
        ({"words": [], "categories": []}, ["wrong_shape"]),
    ],
)
def test_each_fault_of_an_answer_has_its_rule(said: Any, faults: list[str]) -> None:
    found, kinds = read(said)
    assert kinds == faults
    assert (found is None) is bool(set(faults) & {"not_json", "wrong_shape"})


def asked(say: Any, settings: ConversationSettings = SETTINGS) -> tuple[PromptQuestions, list[Ask]]:
    backend = ScriptedBackend(lambda ask, _: say(ask))
    return asyncio.run(questions_of_prompt("p", TEXT, PILLARS, backend, settings)), backend.asks


def test_one_ask_per_pillar_shows_the_prompt_and_that_pillars_nodes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asks = asked(lambda ask: {"words": [], "categories": {}})
    assert [ask.id for ask in asks] == [f"p/questions-{pillar.lower()}/attempt-1" for pillar in PILLARS]
    assert [each.pillar for each in found.pillars] == list(PILLARS)
    for ask, pillar in zip(asks, PILLARS, strict=True):
        words = "\n".join(part for part in ask.parts if isinstance(part, str))
        assert TEXT in words
        for node in taxonomy().nodes:
            assert (f"- {node.path}: " in words) is (node.pillar == pillar)


def test_a_fault_is_named_when_the_question_is_put_again_and_the_second_answer_counts() -> None:
    def say(ask: Ask) -> Any:
        if "camera" not in ask.id:
            return {"words": [], "categories": {}}
        return answer(**{ANGLE: GOOD if ask.id.endswith("-2") else {**GOOD, "question": "Low."}})

    found, asks = asked(say)
    assert [one.node for one in found.pillars[0].questions] == [ANGLE]
    again = next(ask for ask in asks if ask.id.endswith("attempt-2"))
    assert "It must be one question" in str(again.parts[-1])
    assert {(row.fault, row.outcome): row.count for row in found.counts.faults} == {("no_question", "retried"): 1}
    assert (found.counts.asks, found.counts.retries) == (5, 1)


def test_a_category_that_stays_wrong_is_left_out_and_the_others_stand() -> None:
    categories = {ANGLE: GOOD, FOCUS: {**GOOD, "words": ["soft depth of field"], "score": 7}}
    found, _ = asked(lambda ask: {"words": [], "categories": categories if "camera" in ask.id else {}})
    assert [one.node for one in found.pillars[0].questions] == [ANGLE]
    outcomes = {(row.fault, row.outcome): row.count for row in found.counts.faults}
    assert outcomes == {("score_out_of_range", "retried"): 2, ("score_out_of_range", "left_out"): 1}


def test_an_answer_that_stays_unreadable_fails_the_prompt_whatever_clips_would_do() -> None:
    with pytest.raises(ConversationError) as failure:
        asked(lambda ask: "no", ConversationSettings(on_reject="measured"))
    assert failure.value.reason == "answer_not_json"


@pytest.mark.parametrize("text", ["", "  \n", "x" * (MOST_PROMPT_CHARACTERS + 1)])
def test_what_is_no_prompt_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a prompt has words"):
        pillar_question(text, "Camera", SETTINGS)


def test_the_questions_prompt_shapes_no_caption() -> None:
    assert prompt(PROMPT).sha256 not in conversation_fingerprint()


@pytest.mark.parametrize("pillar", PILLARS)
def test_the_schema_takes_good_answers_and_nothing_beside_the_taxonomy(pillar: Any) -> None:
    nodes = taxonomy().of(pillar)
    schema = prompt_schema(nodes)
    check = jsonschema.Draft202012Validator(schema)
    assert check.is_valid({"words": [], "categories": {node.path: GOOD for node in nodes}})
    for bad in ({"Camera -> Angle": GOOD}, {nodes[0].path: {**GOOD, "score": 2}}, {nodes[0].path: {**GOOD, "more": 1}}):
        assert not check.is_valid({"words": [], "categories": bad})
    category = schema["properties"]["categories"]["properties"][nodes[0].path]
    assert set(category) | set().union(*category["properties"].values()) <= KEPT_KEYWORDS


@given(st.text(max_size=12), st.text(max_size=40))
def test_words_that_stand_in_a_prompt_are_words_of_it(phrase: str, text: str) -> None:
    if stands_in(phrase, text):
        assert phrase.split()
        folded = " ".join(text.split()).lower()
        assert all(part.lower() in folded for part in phrase.split())


def test_whole_words_are_meant_whatever_their_case_and_spaces() -> None:
    assert stands_in("Red  COAT", "a red\ncoat, worn")
    assert not stands_in("coat", "a raincoat")
    assert not stands_in("red.coat", "a red coat")
    assert not stands_in("", "a red coat")
