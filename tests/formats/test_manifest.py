from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.clip_json import clip_json
from formats.clip_plan import BorderFrame, MadeClip
from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.manifest import (
    MANIFEST_SCHEMA,
    ManifestError,
    ManifestRow,
    manifest_row,
    open_clip,
    read_manifest,
    write_manifest,
)
from formats.shard_reader import ShardError
from formats.shard_writer import MemberFile, PackRow, plan_shards, write_shard

RECORDS = st.lists(st.from_type(ClipRecord), min_size=1, max_size=4, unique_by=lambda record: record.key)


def made_clip(record: ClipRecord, video: bytes) -> MadeClip:
    audio = {"codec": record.audio.codec, "channels": record.audio.channels, "rate": record.audio.rate}
    borders = tuple(
        BorderFrame(frame=shot.frames[0], signature="00" * 144, neighbours=("ff" * 144,)) for shot in record.shots
    )
    return MadeClip.model_validate(
        {
            "key": record.key,
            "fps": record.video.fps,
            "frames": record.video.frames,
            "width": record.video.width,
            "height": record.video.height,
            "shots": [shot.frames for shot in record.shots],
            "audio": audio,
            "bytes": len(video),
            "sha256": hashlib.sha256(video).hexdigest(),
            "borders": borders,
            "encoder": "x264",
        }
    )


def pack(store: CorpusStore, records: list[ClipRecord]) -> list[ManifestRow]:
    """Shards of about one clip each, and their manifest rows."""
    made: dict[str, tuple[ClipRecord, MadeClip]] = {}
    pack_rows = []
    for record in records:
        files = []
        for member, data in (("mp4", video_of(record)), ("json", clip_json(record))):
            store.write_atomic(f"clips/{record.key}.{member}", data)
            sha256 = hashlib.sha256(data).hexdigest()
            files.append(MemberFile(file=f"clips/{record.key}.{member}", size=len(data), sha256=sha256))
        pack_rows.append(PackRow(key=record.key, split="train", members=tuple(files)))
        made[record.key] = (record, made_clip(record, video_of(record)))
    rows = []
    for shard in plan_shards(pack_rows, 12_000):
        written = write_shard(store, shard, store)
        for sample in written.samples:
            record, clip = made[sample.key]
            rows.append(
                manifest_row(
                    record,
                    clip,
                    split=shard.split,
                    shard=written.name,
                    members=sample.members,
                    plan_hash="0" * 16,
                    metadata='{"shoot": 3}',
                )
            )
    return rows


def video_of(record: ClipRecord) -> bytes:
    return b"video of " + record.key.encode()


@given(RECORDS)
@settings(max_examples=30)
def test_the_manifest_gives_any_clip_from_its_shard(records: list[ClipRecord]) -> None:
    store = CorpusStore("memory://manifest-test")
    rows = pack(store, records)
    write_manifest(store, "manifest.parquet", rows)
    read = read_manifest(store, "manifest.parquet")
    assert {row.key: row for row in read} == {row.key: row for row in rows}
    for record in records:
        (row,) = (row for row in read if row.key == record.key)
        clip = open_clip(store, row)
        assert clip.video == video_of(record)
        assert clip.record == record
        assert row.made() == made_clip(record, video_of(record))


@given(RECORDS)
@settings(max_examples=10)
def test_the_manifests_bytes_depend_on_its_rows_alone(records: list[ClipRecord]) -> None:
    store = CorpusStore("memory://manifest-bytes-test")
    rows = pack(store, records)
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
def example_row(tmp_path: Path, example: ClipRecord) -> ManifestRow:
    return pack(CorpusStore(tmp_path), [example])[0]


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


def test_a_row_of_parts_that_do_not_agree_is_refused(example: ClipRecord, example_row: ManifestRow) -> None:
    made = example_row.made().model_copy(update={"frames": 245})
    with pytest.raises(ManifestError, match="do not agree"):
        manifest_row(example, made, split="train", shard="s", members=example_row.members, plan_hash="")


def test_a_key_that_appears_twice_makes_no_manifest(tmp_path: Path, example_row: ManifestRow) -> None:
    with pytest.raises(ManifestError, match="twice"):
        write_manifest(CorpusStore(tmp_path), "manifest.parquet", [example_row, example_row])


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
