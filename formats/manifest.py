"""The manifest: one Parquet row per clip, enough to find, check and choose any clip without opening a shard."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field, model_validator

from formats.clip_plan import BorderFrame, MadeClip
from formats.clip_record import ClipRecord, Key
from formats.exact_time import FrameRange, Rational
from formats.filesystem import CorpusStore
from formats.film_scan import AudioStream, PictureBox, Record, TransitionKind
from formats.references import ReferenceImage, references_of
from formats.shard_layout import MEMBERS, MEMBERS_WITH_REFERENCES, REFERENCES, MemberPlace
from formats.shard_reader import DEFAULT_LIMITS, ShardLimits, read_member, record_of

MANIFEST = "manifest.parquet"
_ROW_GROUP = 10_000
MAX_ROWS = 20_000_000


class ManifestJoin(Record):
    """As ``Join`` in the clip record."""

    after_shot: int
    kind: TransitionKind
    source_frames: FrameRange
    confidence: float


class ManifestScore(Record):
    """As ``Score`` in the clip record."""

    shot: int
    name: str
    value: float
    model: str


class ManifestRow(Record):
    """One clip. ``bytes`` is the size of its video; ``shots`` are clip frame ranges; ``plan_hash`` names the plan;
    ``crop`` as in the clip record.

    ``metadata`` is the JSON object of the user's own columns, ``{}`` if there were none.
    """

    key: Key
    split: Literal["train", "validation", "test"]
    shard: Annotated[str, Field(pattern=r"^shards/(train|validation|test)-[0-9]{5,}\.tar$")]
    members: tuple[MemberPlace, ...]
    bytes: int
    frames: int
    fps: Rational
    width: int
    height: int
    crop: PictureBox
    duration: float
    audio: AudioStream
    source_sha256: str
    source_uri: str
    source_license: str
    source_attribution: str
    source_url: str
    shots: tuple[FrameRange, ...]
    joins: tuple[ManifestJoin, ...]
    borders: tuple[BorderFrame, ...]
    scores: tuple[ManifestScore, ...]
    plan_hash: str
    encoder: str
    losses: tuple[str, ...]
    metadata: str

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.member_names not in (MEMBERS, MEMBERS_WITH_REFERENCES):
            raise ValueError(f"{self.key} must have just the members {', '.join(MEMBERS)}, or {REFERENCES} after them")
        return self

    @property
    def member_names(self) -> tuple[str, ...]:
        return tuple(place.member for place in self.members)

    def place(self, member: str) -> MemberPlace:
        """Where ``member`` lies in the shard. Raises ``KeyError``."""
        for place in self.members:
            if place.member == member:
                return place
        raise KeyError(member)

    def made(self) -> MadeClip:
        """What ``verify`` needs to hold the video against its plan."""
        return MadeClip(
            key=self.key,
            fps=self.fps,
            frames=self.frames,
            width=self.width,
            height=self.height,
            shots=self.shots,
            audio=self.audio,
            bytes=self.bytes,
            sha256=self.place("mp4").sha256,
            borders=self.borders,
            encoder=self.encoder,
            losses=self.losses,
            crop=self.crop,
        )


_RANGE = pa.list_(pa.int64())
_TEXT = pa.string()


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind, nullable=False) for name, kind in fields.items()])


_COLUMNS: dict[str, pa.DataType] = {
    "key": _TEXT,
    "split": _TEXT,
    "shard": _TEXT,
    "members": pa.list_(_struct(member=_TEXT, offset=pa.int64(), size=pa.int64(), sha256=_TEXT)),
    "bytes": pa.int64(),
    "frames": pa.int64(),
    "fps": _TEXT,
    "width": pa.int32(),
    "height": pa.int32(),
    "crop": pa.list_(pa.int64()),
    "duration": pa.float64(),
    "audio": _struct(codec=_TEXT, channels=pa.int32(), rate=pa.int32()),
    "source_sha256": _TEXT,
    "source_uri": _TEXT,
    "source_license": _TEXT,
    "source_attribution": _TEXT,
    "source_url": _TEXT,
    "shots": pa.list_(_RANGE),
    "joins": pa.list_(_struct(after_shot=pa.int64(), kind=_TEXT, source_frames=_RANGE, confidence=pa.float64())),
    "borders": pa.list_(_struct(frame=pa.int64(), signature=_TEXT, neighbours=pa.list_(_TEXT))),
    "scores": pa.list_(_struct(shot=pa.int64(), name=_TEXT, value=pa.float64(), model=_TEXT)),
    "plan_hash": _TEXT,
    "encoder": _TEXT,
    "losses": pa.list_(_TEXT),
    "metadata": _TEXT,
}
MANIFEST_SCHEMA: pa.Schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in _COLUMNS.items()])


class ManifestError(ValueError):
    """The manifest is not one, or does not fit the corpus."""


@dataclass(frozen=True)
class OpenedClip:
    """``video`` is the whole mp4."""

    video: bytes
    record: ClipRecord


def manifest_row(
    record: ClipRecord,
    made: MadeClip,
    *,
    split: str,
    shard: str,
    members: tuple[MemberPlace, ...],
    plan_hash: str,
    metadata: str = "{}",
) -> ManifestRow:
    """The row of a packed clip. Raises ``ManifestError`` if ``record``, ``made`` and ``members`` do not agree."""
    row = ManifestRow(
        key=record.key,
        split=split,
        shard=shard,
        members=members,
        bytes=made.bytes,
        frames=record.video.frames,
        fps=record.video.fps,
        width=record.video.width,
        height=record.video.height,
        crop=record.video.crop,
        duration=record.video.duration,
        audio=AudioStream(codec=record.audio.codec, channels=record.audio.channels, rate=record.audio.rate),
        source_sha256=record.source.sha256,
        source_uri=record.source.uri,
        source_license=record.source.license,
        source_attribution=record.source.attribution,
        source_url=record.source.url,
        shots=tuple(shot.frames for shot in record.shots),
        joins=tuple(
            ManifestJoin(
                after_shot=join.after_shot,
                kind=join.kind,
                source_frames=join.source_frames,
                confidence=join.confidence,
            )
            for join in record.joins
        ),
        borders=made.borders,
        scores=tuple(
            ManifestScore(shot=score.shot, name=score.name, value=score.value, model=score.model)
            for score in record.scores
        ),
        plan_hash=plan_hash,
        encoder=made.encoder,
        losses=made.losses,
        metadata=metadata,
    )
    if row.made() != made or row.place("mp4").size != made.bytes:
        raise ManifestError(f"{record.key}: the record, the packed video and the clip as made do not agree")
    if not isinstance(json.loads(metadata), dict):
        raise ManifestError(f"{record.key}: metadata must be a JSON object")
    return row


def write_manifest(store: CorpusStore, name: str, rows: Iterable[ManifestRow]) -> None:
    """Writes ``rows`` in the order of their shards. Same rows, same bytes (with the same version of pyarrow).

    Raises ``ManifestError`` for a repeated key, and where one clip has members that another has not.
    """
    ordered = sorted(rows, key=lambda row: (row.shard, row.members[0].offset if row.members else 0, row.key))
    if len({row.key for row in ordered}) != len(ordered):
        raise ManifestError("a key appears twice")
    _same_members(ordered)
    with store.open_write(name) as sink, pq.ParquetWriter(sink, MANIFEST_SCHEMA, compression="zstd") as writer:
        for start in range(0, len(ordered), _ROW_GROUP):
            group = [row.model_dump() for row in ordered[start : start + _ROW_GROUP]]
            writer.write_table(pa.Table.from_pylist(group, schema=MANIFEST_SCHEMA))


def read_manifest(store: CorpusStore, name: str = MANIFEST) -> tuple[ManifestRow, ...]:
    """All rows, in shard order. Columns of later minor versions are passed over. Raises ``ManifestError``."""
    return _read(store, name, None)


def find_row(store: CorpusStore, key: str, name: str = MANIFEST) -> ManifestRow | None:
    """The row of one clip, or ``None``. Raises ``ManifestError``."""
    return next(iter(_read(store, name, pc.field("key") == key)), None)


def _read(store: CorpusStore, name: str, chosen: pc.Expression | None) -> tuple[ManifestRow, ...]:
    with store.open_read(name) as stream:
        try:
            if pq.read_metadata(stream).num_rows > MAX_ROWS:
                raise ManifestError(f"{name} has more than {MAX_ROWS} rows")
            table = pq.read_table(stream, columns=MANIFEST_SCHEMA.names, filters=chosen)
            batches = table.to_batches(max_chunksize=1000)
            rows = tuple(ManifestRow.model_validate(row) for batch in batches for row in batch.to_pylist())
        except (pa.ArrowException, ValueError) as error:
            cause = str(error).partition("\n")[0]
            raise ManifestError(f"{name} is not a manifest of this version: {cause}") from error
    if len({row.key for row in rows}) != len(rows):
        raise ManifestError(f"{name} names a key twice")
    _same_members(rows)
    return rows


def _same_members(rows: Sequence[ManifestRow]) -> None:
    if len({row.member_names for row in rows}) > 1:
        raise ManifestError("some clips have reference images' members and others have none")


def open_clip(store: CorpusStore, row: ManifestRow, limits: ShardLimits = DEFAULT_LIMITS) -> OpenedClip:
    """Video and record of one clip, read at their places and compared with their checksums; no shard is scanned.

    Raises ``ShardError`` or ``ClipError`` if they are not as written.
    """
    video = read_member(store, row.shard, row.place("mp4"), limits)
    return OpenedClip(video, record_of(row.key, read_member(store, row.shard, row.place("json"), limits)))


def open_references(
    store: CorpusStore, row: ManifestRow, record: ClipRecord, limits: ShardLimits = DEFAULT_LIMITS
) -> dict[str, ReferenceImage]:
    """The reference images of one clip by the entity's id; none in a corpus that has no such member.

    Raises ``ShardError``, and ``ReferencesError`` if they are not those that ``record`` names.
    """
    if REFERENCES not in row.member_names:
        return {}
    return references_of(record, read_member(store, row.shard, row.place(REFERENCES), limits))
