"""Writes shards. A shard is a pure function of its rows: same rows, same bytes, on any machine at any time."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO

from formats.clip_record import Key
from formats.filesystem import ByteSink, CorpusStore
from formats.film_scan import Record
from formats.shard_layout import (
    MAX_MEMBER_BYTES,
    MAX_NAME_BYTES,
    MEMBERS,
    SPLITS,
    MemberPlace,
    padding,
    sample_bytes,
    shard_bytes,
    shard_name,
)

_COPY_BYTES = 1 << 20
_FROM_ZERO: Mapping[str, int] = MappingProxyType({})


class ShardWriteError(ValueError):
    """Rows that cannot become shards as declared: a repeated key, a missing member, a file that changed."""


class MemberFile(Record):
    """A finished file that will be a member: its name in a store, its bytes, and the sha256 that they must have."""

    file: str
    size: int
    sha256: str


class PackRow(Record):
    """One clip to pack. ``members`` are in the declared order of the corpus' members."""

    key: Key
    split: str
    members: tuple[MemberFile, ...]

    @property
    def bytes(self) -> int:
        return sample_bytes(tuple(member.size for member in self.members))


class PlannedShard(Record):
    """A shard before it is written; ``bytes`` is the exact size that the file will have."""

    name: str
    split: str
    bytes: int
    rows: tuple[PackRow, ...]


class WrittenSample(Record):
    key: str
    members: tuple[MemberPlace, ...]


class WrittenShard(Record):
    name: str
    split: str
    bytes: int
    sha256: str
    samples: tuple[WrittenSample, ...]


def plan_shards(
    rows: Iterable[PackRow], max_bytes: int, first_number: Mapping[str, int] = _FROM_ZERO
) -> tuple[PlannedShard, ...]:
    """Spreads clips over shards of at most ``max_bytes``, in the order of sha256(key), each split on its own.

    The order of ``rows`` does not matter. A clip larger than the cap gets a shard for itself. ``first_number`` says per
    split at which number to start, so that an appended generation leaves existing shards alone. Raises
    ``ShardWriteError`` for a repeated key or an unknown split.
    """
    by_split: dict[str, list[PackRow]] = {split: [] for split in SPLITS}
    keys: set[str] = set()
    for row in rows:
        if row.key in keys:
            raise ShardWriteError(f"the key {row.key!r} appears twice")
        if row.split not in by_split:
            raise ShardWriteError(f"the split of {row.key} is {row.split!r}; allowed: {', '.join(SPLITS)}")
        keys.add(row.key)
        by_split[row.split].append(row)
    return tuple(
        PlannedShard(
            name=shard_name(split, number),
            split=split,
            bytes=shard_bytes(sum(row.bytes for row in group)),
            rows=tuple(group),
        )
        for split, members in by_split.items()
        for number, group in enumerate(_fill(members, max_bytes), first_number.get(split, 0))
    )


def _fill(rows: Sequence[PackRow], max_bytes: int) -> Iterator[list[PackRow]]:
    group: list[PackRow] = []
    taken = 0
    for row in sorted(rows, key=lambda row: hashlib.sha256(row.key.encode()).digest()):
        if group and shard_bytes(taken + row.bytes) > max_bytes:
            yield group
            group, taken = [], 0
        group.append(row)
        taken += row.bytes
    if group:
        yield group


def write_shard(
    target: CorpusStore, shard: PlannedShard, source: CorpusStore, members: tuple[str, ...] = MEMBERS
) -> WrittenShard:
    """Streams the rows' files from ``source`` into ``shard.name`` in ``target``, in constant memory, whole or not.

    Raises ``ShardWriteError`` if a file's bytes are not the planned ones, ``FileNotFoundError`` if one is missing.
    """
    for row in shard.rows:
        if len(row.members) != len(members):
            raise ShardWriteError(f"{row.key} has {len(row.members)} members, declared are: {', '.join(members)}")
    with target.open_write(shard.name) as sink:
        tar = _TarStream(sink)
        samples = tuple(_write_sample(tar, row, source, members) for row in shard.rows)
        tar.write(bytes(shard.bytes - tar.position))
    return WrittenShard(
        name=shard.name, split=shard.split, bytes=tar.position, sha256=tar.sha256.hexdigest(), samples=samples
    )


class _TarStream:
    """Counts and hashes what goes through."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self.position = 0
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._sink.write(data)
        self.sha256.update(data)
        self.position += len(data)


def _write_sample(tar: _TarStream, row: PackRow, source: CorpusStore, members: tuple[str, ...]) -> WrittenSample:
    places = []
    for member, file in zip(members, row.members, strict=True):
        tar.write(_header(f"{row.key}.{member}", file.size))
        places.append(MemberPlace(member=member, offset=tar.position, size=file.size, sha256=file.sha256))
        with source.open_read(file.file) as stream:
            _copy(stream, tar, file)
        tar.write(bytes(padding(file.size)))
    return WrittenSample(key=row.key, members=tuple(places))


def _copy(stream: BinaryIO, tar: _TarStream, file: MemberFile) -> None:
    sha256, left = hashlib.sha256(), file.size
    while chunk := stream.read(min(_COPY_BYTES, left + 1)):
        left -= len(chunk)
        if left < 0:
            break
        sha256.update(chunk)
        tar.write(chunk)
    if left != 0 or sha256.hexdigest() != file.sha256:
        raise ShardWriteError(f"{file.file} is not the planned file: its bytes changed since it was planned")


def _header(name: str, size: int) -> bytes:
    if len(name.encode()) > MAX_NAME_BYTES:
        raise ShardWriteError(f"the member name {name!r} is longer than {MAX_NAME_BYTES} bytes")
    if size > MAX_MEMBER_BYTES:
        raise ShardWriteError(f"{name} has {size} bytes, a member holds at most {MAX_MEMBER_BYTES}")
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, 0, 0o644
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
