from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.clip_json import clip_json, read_clip_json
from formats.clip_record import ClipRecord
from formats.clip_schema import EXAMPLE_FILE
from formats.invariants import ClipError

EXAMPLE = EXAMPLE_FILE.read_bytes()


@given(st.from_type(ClipRecord))
def test_a_valid_record_survives_writing_and_reading(record: ClipRecord) -> None:
    data = clip_json(record)
    assert read_clip_json(data) == record
    assert clip_json(read_clip_json(data)) == data


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.integers(0, 9), max_size=4))
def test_unknown_fields_are_kept_at_every_level(unknown: dict[str, int]) -> None:
    document = json.loads(EXAMPLE)
    for part in (document, document["source"], document["shots"][1], document["events"][0]):
        part.update({f"later_{name}": value for name, value in unknown.items()})
    written = clip_json(read_clip_json(json.dumps(document).encode()))
    assert json.loads(written) == document


def test_the_written_form_does_not_depend_on_the_order_that_was_read() -> None:
    document = json.loads(EXAMPLE)
    document["later"] = {"b": 1, "a": [{"d": 1, "c": 2}]}
    shuffled = {name: document[name] for name in sorted(document, reverse=True)}
    shuffled["later"] = {"a": [{"c": 2, "d": 1}], "b": 1}
    first, second = (clip_json(read_clip_json(json.dumps(form).encode())) for form in (document, shuffled))
    assert first == second
    assert list(json.loads(first)) == [*json.loads(EXAMPLE), "later"]


def test_text_is_written_as_utf8_and_not_escaped() -> None:
    document = json.loads(EXAMPLE)
    document["captions"][0]["text"] = "Ein Schwenk über Zürich \u2603"
    assert "über Zürich \u2603".encode() in clip_json(read_clip_json(json.dumps(document).encode()))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"0.42", b"NaN", "record"),
        (b"0.42", b"-Infinity", "record"),
        (b"0.42", b"1e999", "record"),
        (b"0.42", b"1" * 5000, "record"),
        (b'"vfr": false', b'"vfr": 0', "source.vfr"),
        (b'"stream": 0', b'"stream": "0"', "source.stream"),
        (b'"stream": 0', b'"stream": 0.0', "source.stream"),
        (b'"stream": 0', b'"stream": 0, "stream": 0', "record"),
        (b"clip/1", b"clip/2", "schema"),
        (b'"schema": "shotloom.clip/1",', b"", "schema"),
        (b'"key": "3f9c', b'"key": "3F9C', "key"),
        (b'"kind": "dissolve"', b'"kind": "melt"', "joins[0].kind"),
        (b'"time_base": "1/12288"', b'"time_base": "1/0"', "source.time_base"),
        (b"films/a.mp4", b"films/\\ud800.mp4", "record"),
        (b"films/a.mp4", b"films/\xff.mp4", "record"),
        (b'"frames": [812, 1082]', b'"frames": [1082, 812]', "source.frames"),
        (b'"tags"', b'"tag"', "tags"),
    ],
)
def test_what_is_not_a_clip_record_is_refused_with_the_field(old: bytes, new: bytes, field: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(ClipError) as refused:
        read_clip_json(EXAMPLE.replace(old, new, 1))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"null", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"\x00", b"\xef\xbb\xbf{}"]
)
def test_hostile_bytes_are_refused_and_nothing_else_is_raised(data: bytes) -> None:
    with pytest.raises(ClipError):
        read_clip_json(data)


@given(st.data())
def test_a_record_with_a_damaged_byte_is_refused_or_still_valid(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(EXAMPLE) - 1))
    damaged = EXAMPLE[:at] + bytes([data.draw(st.integers(0, 255))]) + EXAMPLE[at + 1 :]
    try:
        record = read_clip_json(damaged)
    except ClipError:
        return
    assert read_clip_json(clip_json(record)) == record


def test_a_record_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ClipError, match="larger than 100 bytes"):
        read_clip_json(b"[" * 101, max_bytes=100)


def test_a_record_that_breaks_a_rule_is_not_written() -> None:
    record = read_clip_json(EXAMPLE)
    with pytest.raises(ClipError, match=r"video\.duration"):
        clip_json(record.model_copy(update={"video": record.video.model_copy(update={"duration": 10.0})}))


def test_an_unknown_field_that_is_not_plain_json_is_not_written() -> None:
    record = read_clip_json(EXAMPLE)
    with pytest.raises(ClipError, match="plain JSON"):
        clip_json(record.model_copy(update={"later": float("nan")}))


def test_a_record_written_before_metadata_was_added_still_reads() -> None:
    document = json.loads(EXAMPLE)
    del document["source"]["metadata"]
    assert read_clip_json(json.dumps(document).encode()).source.metadata == "{}"
