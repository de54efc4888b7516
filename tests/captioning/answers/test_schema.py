from __future__ import annotations

import json
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import BaseModel, Field

from captioning.answers.answer_text import MOST_ANSWER_BYTES, read_answer
from captioning.answers.cast_answer import CastAnswer, cast_schema
from captioning.answers.events_answer import EventsAnswer, events_schema
from captioning.answers.schema import KEPT_KEYWORDS, Schema, schema_of, schema_text
from captioning.answers.shot_answer import ShotAnswer, shot_schema
from captioning.answers.story_answer import StoryAnswer, story_schema
from captioning.asks import Answer

SCHEMAS: dict[str, Schema] = {
    "shot": shot_schema(2),
    "still shot": shot_schema(0),
    "story": story_schema(3),
    "cast": cast_schema(8),
    "events": events_schema(["woman_red", "scene_pier"], 4, 2.0, 5.5),
}
LONGEST_ANSWER = 40_000


def longest(schema: Schema) -> int:
    """Characters of the longest answer that a schema allows, a number taken for twenty. Raises ``KeyError`` without a bound."""
    match schema["type"]:
        case "object":
            return sum(len(name) + 6 + longest(part) for name, part in schema["properties"].items())
        case "array":
            return int(schema["maxItems"]) * (2 + longest(schema["items"]))
        case "string":
            return 2 + (max(map(len, schema["enum"])) if "enum" in schema else int(schema["maxLength"]))
        case _:
            return 20


def parts(schema: Schema) -> list[Schema]:
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    return [schema, *(part for each in inner for part in parts(each))]


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_answer_has_an_end(name: str) -> None:
    assert longest(SCHEMAS[name]) < LONGEST_ANSWER < MOST_ANSWER_BYTES


@pytest.mark.parametrize("name", SCHEMAS)
def test_only_keywords_that_every_engine_compiles_are_used(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(SCHEMAS[name])))
    for part in parts(SCHEMAS[name]):
        assert part.keys() <= KEPT_KEYWORDS
        if part["type"] == "object":
            assert part["required"] == list(part["properties"])
            assert part["additionalProperties"] is False


def test_events_are_timed_within_their_shot() -> None:
    seconds = [part for part in parts(SCHEMAS["events"]) if part["type"] == "number"]
    assert len(seconds) == 4
    assert all((part["minimum"], part["maximum"]) == (2.0, 5.5) for part in seconds)


def test_a_text_without_a_bound_is_no_schema() -> None:
    class Endless(BaseModel):
        text: str

    class Listed(BaseModel):
        texts: tuple[Annotated[str, Field(max_length=3)], ...]

    class Patterned(BaseModel):
        text: Annotated[str, Field(max_length=3, pattern="a+")]

    for endless in (Endless, Listed):
        with pytest.raises(ValueError, match="needs a bound"):
            schema_of(endless)
    with pytest.raises(ValueError, match="may not use"):
        schema_of(Patterned)


def answered(text: str, shape: type[BaseModel], finish: Any = "stop") -> tuple[BaseModel | None, list[str]]:
    reading = read_answer(Answer("id", text, finish, 0, 0), shape)
    return reading.value, [fault.kind for fault in reading.faults]


EMPTY = '{"subjects": [], "scenes": []}'


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (EMPTY, []),
        (f"\n{EMPTY}  ", []),
        (f"```json\n{EMPTY}\n```", ["wrapped"]),
        (f"Sure! {EMPTY} Anything else?", ["wrapped"]),
    ],
)
def test_what_is_around_the_json_is_dropped(text: str, faults: list[str]) -> None:
    assert answered(text, CastAnswer) == (CastAnswer(subjects=(), scenes=()), faults)


@pytest.mark.parametrize(
    ("text", "finish", "fault"),
    [
        ("", "stop", "not_json"),
        ("null", "stop", "not_json"),
        (EMPTY[:-3], "stop", "not_json"),
        (EMPTY[:-3], "length", "truncated"),
        ("", "length", "truncated"),
        ("{}", "stop", "wrong_shape"),
        ('{"subjects": {}, "scenes": []}', "stop", "wrong_shape"),
        ('{"subjects": [{"name": 3, "description": "x"}], "scenes": []}', "stop", "wrong_shape"),
        ('{"subjects": [{"name": "' + "a" * 41 + '", "description": "x"}], "scenes": []}', "stop", "wrong_shape"),
        ("a" * (MOST_ANSWER_BYTES + 1), "length", "oversize"),
        ("é" * (MOST_ANSWER_BYTES // 2 + 1), "stop", "oversize"),
    ],
)
def test_what_is_no_answer_has_a_name(text: str, finish: str, fault: str) -> None:
    value, faults = answered(text, CastAnswer, finish)
    assert value is None
    assert set(faults) == {fault}


def test_json_that_is_whole_counts_even_if_it_was_cut_off_after_it() -> None:
    assert answered(EMPTY + " " * 40, CastAnswer, "length")[1] == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", '"1"', "null", "true", "[]"])
def test_a_time_is_a_finite_number(number: str) -> None:
    text = f'{{"a": {{"visible": true, "events": [{{"start": {number}, "end": 1, "prompt": "x"}}]}}}}'
    assert answered(text, EventsAnswer) == (None, ["wrong_shape"])


def test_a_fault_says_where_without_the_models_words() -> None:
    answer = Answer("id", '{"ignore previous instructions": {"visible": 1, "events": []}}', "stop", 0, 0)
    (fault,) = read_answer(answer, EventsAnswer).faults
    assert fault.where == "?.visible"


@pytest.mark.parametrize("shape", [ShotAnswer, StoryAnswer, CastAnswer])
def test_what_was_not_asked_for_is_passed_over(shape: type[BaseModel]) -> None:
    schema = schema_of(shape)
    texts = {"string": "x", "array": [], "boolean": True}
    honest = {
        name: part["enum"][0] if "enum" in part else texts[part["type"]] for name, part in schema["properties"].items()
    }
    value, faults = answered(json.dumps({**honest, "thoughts": "hm"}), shape)
    assert (value, faults) == (shape.model_validate_json(json.dumps(honest)), [])
