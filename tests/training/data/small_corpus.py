"""A corpus of counted clips, packed as ``shotloom build`` packs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from formats.clip_json import clip_json
from formats.clip_plan import MadeClip
from formats.clip_record import ClipRecord
from formats.exact_time import parse_rational
from formats.filesystem import CorpusStore
from formats.film_scan import AudioStream
from formats.manifest import MANIFEST, ManifestRow, manifest_row, write_manifest
from formats.shard_writer import MemberFile, PackRow, plan_shards, write_shard
from tests.training.data.counted_clip import counted_clip


def video_of(record: ClipRecord) -> bytes:
    size = (record.video.width, record.video.height)
    cuts = [shot.frames[0] for shot in record.shots[1:]]
    return counted_clip(record.video.frames, parse_rational(record.video.fps), size, cuts)


def pack_counted(folder: Path, clips: Sequence[tuple[ClipRecord, str]]) -> tuple[ManifestRow, ...]:
    """``clips``: with the split of each."""
    store = CorpusStore(folder)
    pack_rows, made = [], {}
    for record, split in clips:
        video = video_of(record)
        files = []
        for member, data in (("mp4", video), ("json", clip_json(record))):
            store.write_atomic(f"work/{record.key}.{member}", data)
            sha256 = hashlib.sha256(data).hexdigest()
            files.append(MemberFile(file=f"work/{record.key}.{member}", size=len(data), sha256=sha256))
        pack_rows.append(PackRow(key=record.key, split=split, members=tuple(files)))
        made[record.key] = record, _made(record, video)
    rows = []
    for shard in plan_shards(pack_rows, 10**9):
        written = write_shard(store, shard, store)
        for sample in written.samples:
            record, clip = made[sample.key]
            rows.append(
                manifest_row(
                    record, clip, split=shard.split, shard=shard.name, members=sample.members, plan_hash="0" * 16
                )
            )
    write_manifest(store, MANIFEST, rows)
    return tuple(rows)


def _made(record: ClipRecord, video: bytes) -> MadeClip:
    return MadeClip(
        key=record.key,
        fps=record.video.fps,
        frames=record.video.frames,
        width=record.video.width,
        height=record.video.height,
        shots=tuple(shot.frames for shot in record.shots),
        audio=AudioStream(),
        bytes=len(video),
        sha256=hashlib.sha256(video).hexdigest(),
        borders=(),
        encoder="x264",
    )
