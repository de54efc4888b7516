from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.manifest import (
    MANIFEST_SCHEMA,
    ManifestError,
    ManifestRow,
    find_row,
    manifest_row,
    open_clip,
    open_references,
    read_manifest,
    write_manifest,
)
from formats.shard_layout import MEMBERS_WITH_REFERENCES
from formats.shard_reader import ShardError
from tests.formats.reference_images import images_for

PackCorpus = Callable[..., list[ManifestRow]]
RECORDS = st.lists(st.from_type(ClipRecord), min_size=1, max_size=4, unique_by=lambda record: record.key)


@given(RECORDS)
@settings(max_examples=30)
def test_the_manifest_gives_any_clip_from_its_shard(pack_corpus: PackCorpus, records: list[ClipRecord]) -> None:
    store = CorpusStore("memory://manifest-test")
    rows = pack_corpus(store, records)
    write_manifest(store, "manifest.parquet", rows)
    read = read_manifest(store, "manifest.parquet")
    assert {row.key: row for row in read} == {row.key: row for row in rows}
    for record in records:
        (row,) = (row for row in read if row.key == record.key)
        assert find_row(store, record.key, "manifest.parquet") == row
        clip = open_clip(store, row)
        assert clip.video == store.read_bytes(f"clips/{record.key}.mp4")
        assert clip.record == record
        assert row.made().sha256 == hashlib.sha256(clip.video).hexdigest()
        assert (row.made().frames, row.made().shots) == (
            record.video.frames,
            tuple(shot.frames for shot in record.shots),
        )


@given(RECORDS)
@settings(max_examples=10)
def test_the_manifests_bytes_depend_on_its_rows_alone(pack_corpus: PackCorpus, records: list[ClipRecord]) -> None:
    store = CorpusStore("memory://manifest-bytes-test")
    rows = pack_corpus(store, records)
    write_manifest(store, "a.parquet", rows)
    write_manifest(store, "b.parquet", reversed(rows))
    assert store.read_bytes("a.parquet") == store.read_bytes("b.parquet")


def test_a_manifest_of_no_clips_is_a_manifest(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path)
    write_manifest(store, "manifest.parquet", [])
    assert read_manifest(store) == ()
    assert pq.read_schema(tmp_path / "manifest.parquet").remove_metadata() == MANIFEST_SCHEMA


def test_columns_of_a_later_version_are_passed_over(tmp_path: Path, example_row: ManifestRow) -> None:
    store = CorpusStore(tmp_path)
    write_manifest(store, "manifest.parquet", [example_row])
    table = pq.read_table(tmp_path / "manifest.parquet").append_column("later", pa.array([1]))
    sink = io.BytesIO()
    pq.write_table(table, sink)
    store.write_atomic("manifest.parquet", sink.getvalue())
    assert read_manifest(store) == (example_row,)


@pytest.fixture
def example_row(tmp_path: Path, example: ClipRecord, pack_corpus: PackCorpus) -> ManifestRow:
    return pack_corpus(CorpusStore(tmp_path), [example])[0]


def test_a_shard_that_changed_is_refused(tmp_path: Path, example_row: ManifestRow) -> None:
    store = CorpusStore(tmp_path)
    data = bytearray(store.read_bytes(example_row.shard))
    data[example_row.place("json").offset] = ord("[")
    store.write_atomic(example_row.shard, bytes(data))
    with pytest.raises(ShardError, match="not those of the manifest"):
        open_clip(store, example_row)


def test_a_manifest_cannot_point_outside_the_corpus(tmp_path: Path, example_row: ManifestRow) -> None:
    with pytest.raises(ValueError, match="plain relative name"):
        open_clip(CorpusStore(tmp_path), example_row.model_copy(update={"shard": "../../etc/passwd"}))


@given(RECORDS)
@settings(max_examples=10)
def test_the_manifest_gives_the_images_that_a_record_names(pack_corpus: PackCorpus, records: list[ClipRecord]) -> None:
    store = CorpusStore("memory://manifest-images-test")
    rows = pack_corpus(store, records, MEMBERS_WITH_REFERENCES)
    write_manifest(store, "manifest.parquet", rows)
    by_key = {record.key: record for record in records}
    for row in read_manifest(store):
        assert open_references(store, row, by_key[row.key]) == images_for(by_key[row.key])


def test_a_corpus_without_the_member_has_no_images(
    tmp_path: Path, example: ClipRecord, example_row: ManifestRow
) -> None:
    assert open_references(CorpusStore(tmp_path), example_row, example) == {}


def test_clips_of_one_corpus_have_the_same_members(
    tmp_path: Path, example: ClipRecord, example_row: ManifestRow, pack_corpus: PackCorpus
) -> None:
    other = example.model_copy(update={"key": "other"})
    (row,) = pack_corpus(CorpusStore(tmp_path), [other], MEMBERS_WITH_REFERENCES)
    with pytest.raises(ManifestError, match="others have none"):
        write_manifest(CorpusStore(tmp_path), "manifest.parquet", [example_row, row])


def test_a_row_of_parts_that_do_not_agree_is_refused(example: ClipRecord, example_row: ManifestRow) -> None:
    made = example_row.made().model_copy(update={"frames": 245})
    with pytest.raises(ManifestError, match="do not agree"):
        manifest_row(
            example, made, split="train", shard="shards/train-00000.tar", members=example_row.members, plan_hash=""
        )


def test_a_key_that_appears_twice_makes_no_manifest(tmp_path: Path, example_row: ManifestRow) -> None:
    with pytest.raises(ManifestError, match="twice"):
        write_manifest(CorpusStore(tmp_path), "manifest.parquet", [example_row, example_row])


def test_a_clip_that_is_not_there_is_not_found(tmp_path: Path, example_row: ManifestRow) -> None:
    store = CorpusStore(tmp_path)
    write_manifest(store, "manifest.parquet", [example_row])
    assert find_row(store, "0-0") is None


def test_what_is_not_a_manifest_is_refused(tmp_path: Path) -> None:
    store = CorpusStore(tmp_path)
    store.write_atomic("manifest.parquet", b"PAR1 no")
    with pytest.raises(ManifestError):
        read_manifest(store)
    other = io.BytesIO()
    pq.write_table(pa.table({"key": ["a"]}), other)
    store.write_atomic("manifest.parquet", other.getvalue())
    with pytest.raises(ManifestError):
        read_manifest(store)
