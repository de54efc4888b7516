from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.cinebench import (
    CineBenchClip,
    CineBenchError,
    cinebench_json,
    read_cinebench,
    read_cinebench_file,
)

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECONDS = st.floats(-5, 50, allow_nan=False)
INTERVAL = st.tuples(SECONDS, SECONDS).map(list)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), PLAIN, st.lists(PLAIN, max_size=2))
UNKNOWN = st.dictionaries(PLAIN.map("later_".__add__), VALUES, max_size=2)


def with_unknown(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.tuples(st.fixed_dictionaries(fields), UNKNOWN).map(lambda both: both[0] | both[1])


GLOBAL = with_unknown(
    name=PLAIN, description=PLAIN, time_intervals=st.lists(INTERVAL, max_size=2), ref_image_path=st.none() | PLAIN
)
DENSE = with_unknown(name=PLAIN, description=PLAIN, time_intervals=st.lists(SECONDS, max_size=3))
FILES = with_unknown(
    global_entities=st.lists(GLOBAL, max_size=3),
    dense_entities=st.lists(DENSE, max_size=3),
    summary=st.none() | PLAIN,
    data_id=st.none() | PLAIN,
    frame_timestamps=st.none() | st.lists(SECONDS, max_size=3),
)


@given(FILES)
def test_a_file_is_written_as_it_was_read_unknown_fields_and_all(document: dict[str, object]) -> None:
    assert json.loads(cinebench_json(read_cinebench(json.dumps(document).encode()))) == document


def test_what_was_not_there_is_not_written() -> None:
    bare = {"global_entities": [{"name": "{a}"}], "dense_entities": []}
    assert json.loads(cinebench_json(read_cinebench(json.dumps(bare).encode()))) == bare


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "must be JSON"),
        (b"[]", "the file: Input should be an object"),
        (b"{}", "global_entities: Field required"),
        (b'{"global_entities": [], "dense_entities": [], "summary": 3}', "summary"),
        (b'{"global_entities": [], "dense_entities": [{"name": "a", "description": "", "time_intervals": [0, "1"]}]}', "0"),
        (b'{"global_entities": [], "dense_entities": [{"name": "a", "description": "", "time_intervals": [1e999]}]}', "1e999"),
        (b'{"global_entities": [], "dense_entities": [{"name": "a", "description": "", "time_intervals": [NaN, 1]}]}', "NaN"),
        (b'{"global_entities": [], "dense_entities": [], "later": NaN}', "NaN"),
        (b'{"global_entities": [{"name": "a", "time_intervals": [0, 1]}], "dense_entities": []}', "global_entities.0"),
        (b'{"global_entities": [], "global_entities": [], "dense_entities": []}', "twice"),
        (b'{"a":' * 100_000, "must be JSON"),
        (b" " * (8 * 1024 * 1024 + 1), "larger than"),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_not_an_annotation_is_refused_and_the_place_is_named(data: bytes, says: str) -> None:
    with pytest.raises(CineBenchError, match=says):
        read_cinebench(data)


def test_a_list_of_prompts_holds_many_annotations() -> None:
    one = {"global_entities": [{"name": "{a}"}], "dense_entities": []}
    entries = [{"enhanced_prompt": {"ultra_dense_json": one}}, {"ultra_dense_json": one}, one, {"prompt": "x"}, 3]
    found = read_cinebench_file(json.dumps(entries).encode())
    assert [isinstance(each, CineBenchClip) for each in found] == [True, True, True, False, False]
    assert read_cinebench_file(json.dumps(entries[0]).encode()) == (found[0],)


@pytest.mark.parametrize("data", [b"[]", b"3", b"[", b'"{}"'])
def test_a_file_without_annotations_is_refused(data: bytes) -> None:
    with pytest.raises(CineBenchError):
        read_cinebench_file(data)


def test_a_file_that_would_be_read_two_ways_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(CineBenchError, match="Infinity"):
        read_cinebench_file(b'[{"global_entities": [], "dense_entities": [], "x": Infinity}]')
