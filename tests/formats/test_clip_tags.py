from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from formats.clip_tags import (
    ClipTag,
    ClipTagError,
    clip_tag_table,
    read_clip_tags,
    with_clips_replaced,
    write_clip_tags,
)

TAGS = [ClipTag("b", "N", "x"), ClipTag("a", "N", "y"), ClipTag("a", "M", "z")]


def told(table: pa.Table) -> list[tuple[str, str, str]]:
    return [tuple(row.values()) for row in table.to_pylist()]


def test_tags_survive_writing_and_reading_in_the_order_of_nodes_and_keys(tmp_path: Path) -> None:
    write_clip_tags(tmp_path / "tags.parquet", clip_tag_table(TAGS))
    assert told(read_clip_tags(tmp_path / "tags.parquet")) == [("a", "M", "z"), ("a", "N", "y"), ("b", "N", "x")]
    assert told(read_clip_tags(tmp_path / "tags.parquet", ["N", "other"])) == [("a", "N", "y"), ("b", "N", "x")]
    assert told(read_clip_tags(tmp_path / "tags.parquet", [])) == []


def test_equal_tags_are_equal_bytes_however_they_came_together(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.parquet", tmp_path / "parts.parquet"
    write_clip_tags(whole, with_clips_replaced(clip_tag_table([]), {"a", "b"}, clip_tag_table(TAGS)))
    first = with_clips_replaced(clip_tag_table([]), {"b"}, clip_tag_table(TAGS[:1]))
    write_clip_tags(parts, with_clips_replaced(first, {"a"}, clip_tag_table(TAGS[1:])))
    assert whole.read_bytes() == parts.read_bytes()


def test_a_clip_that_lost_a_tag_loses_it_in_the_file_and_others_stay() -> None:
    after = with_clips_replaced(clip_tag_table(TAGS), {"a"}, clip_tag_table([ClipTag("a", "M", "new")]))
    assert told(after) == [("a", "M", "new"), ("b", "N", "x")]


def test_what_is_no_table_of_tags_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not parquet")
    pq.write_table(pa.table({"key": ["a"]}), tmp_path / "columns")
    pq.write_table(pa.table({"key": [[1]], "node": ["a"], "value": ["a"]}), tmp_path / "types")
    (tmp_path / "empty").write_bytes(b"")
    write_clip_tags(tmp_path / "good", clip_tag_table(TAGS))
    (tmp_path / "half").write_bytes((tmp_path / "good").read_bytes()[:-20])
    for name in ("text", "columns", "types", "empty", "half"):
        with pytest.raises(ClipTagError):
            read_clip_tags(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_clip_tags(tmp_path / "nothing")
