from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_json import clip_json, read_clip_json
from formats.clip_record import ClipRecord
from formats.clip_schema import EXAMPLE_FILE, SCHEMA_FILE, clip_schema, schema_text

PUBLISHED = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
EXAMPLE = json.loads(EXAMPLE_FILE.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(PUBLISHED)


def test_the_published_schema_is_the_generated_one() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(clip_schema())


def test_the_published_example_is_valid_by_schema_and_by_rules() -> None:
    VALIDATOR.validate(EXAMPLE)
    record = read_clip_json(EXAMPLE_FILE.read_bytes())
    assert json.loads(clip_json(record)) == EXAMPLE


@given(st.from_type(ClipRecord))
def test_every_record_that_is_written_satisfies_the_published_schema(record: ClipRecord) -> None:
    VALIDATOR.validate(json.loads(clip_json(record)))


@pytest.mark.parametrize("field", sorted(EXAMPLE))
def test_the_schema_requires_every_field(field: str) -> None:
    without = {name: value for name, value in EXAMPLE.items() if name != field}
    assert not VALIDATOR.is_valid(without)


def test_the_schema_allows_fields_of_later_minor_versions() -> None:
    VALIDATOR.validate({**EXAMPLE, "later": 1})


@pytest.mark.parametrize("fps", ["24", "24/0", "x/1", "24/1 "])
def test_the_schema_refuses_rates_that_are_not_rationals(fps: str) -> None:
    assert not VALIDATOR.is_valid({**EXAMPLE, "video": {**EXAMPLE["video"], "fps": fps}})
