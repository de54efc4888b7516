"""Reads shards: one member by its place, or all samples as a stream.

Shards may come from strangers: nothing in them is trusted, and nothing is ever unpacked to disk.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from formats.clip_json import MAX_JSON_BYTES, read_clip_json
from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.shard_layout import BLOCK, MEMBERS, MemberPlace, padding

REASONS = {
    "truncated": "the shard ends before it is complete",
    "bad_header": "a member's header is not a tar header, or its checksum is wrong",
    "link": "a member is a symbolic or hard link",
    "special_file": "a member is a folder, a device or a pipe",
    "extended_header": "a member uses tar extensions, which shards never do",
    "absolute_name": "a member's name is absolute",
    "parent_name": "a member's name contains '..'",
    "odd_name": "a member's name is not KEY.member",
    "odd_member": "a member is not one that the corpus declares",
    "duplicate_member": "a member, or a whole sample, appears twice",
    "missing_member": "a sample lacks a declared member",
    "too_large": "a member is larger than the reader allows",
    "trailing_data": "there are bytes after the end of the archive",
    "wrong_key": "the record of a sample names another key",
    "damaged": "a member's bytes are not those of the manifest",
}

_NAME = re.compile(r"([0-9a-z-]+)\.([0-9a-z_.]+)")
_CHUNK = 1 << 20


class ShardError(ValueError):
    """A shard that is not as it must be. ``reason`` is a code of ``REASONS``."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{REASONS[reason]}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class ShardLimits:
    """The largest members that a reader takes into memory, in bytes; ``json_bytes`` is for members called ``*json``."""

    member_bytes: int = 2 * 1024**3
    json_bytes: int = MAX_JSON_BYTES


DEFAULT_LIMITS = ShardLimits()


@dataclass(frozen=True)
class ReadMember:
    place: MemberPlace
    data: bytes


@dataclass(frozen=True)
class ShardSample:
    """One sample, its members in the declared order."""

    key: str
    members: tuple[ReadMember, ...]

    def member(self, name: str) -> bytes:
        """The bytes of one member. Raises ``KeyError``."""
        for read in self.members:
            if read.place.member == name:
                return read.data
        raise KeyError(name)

    def record(self) -> ClipRecord:
        """The checked clip record. Raises ``ClipError``, and ``ShardError`` if it is the record of another key."""
        return record_of(self.key, self.member("json"))


def record_of(key: str, data: bytes) -> ClipRecord:
    """The checked record in ``data``, which must be that of ``key``. Raises ``ClipError`` or ``ShardError``."""
    record = read_clip_json(data)
    if record.key != key:
        raise ShardError("wrong_key", f"{key} holds the record of {record.key}")
    return record


def read_member(store: CorpusStore, shard: str, place: MemberPlace, limits: ShardLimits = DEFAULT_LIMITS) -> bytes:
    """The bytes at ``place``, compared with its sha256; the shard is not scanned. Raises ``ShardError``."""
    _check_size(f"{shard}, {place.member}", place.member, place.size, limits)
    with store.open_read(shard) as stream:
        stream.seek(place.offset)
        data = _exactly(stream, place.size, shard)
    if hashlib.sha256(data).hexdigest() != place.sha256:
        raise ShardError("damaged", f"{place.member} at byte {place.offset} of {shard}")
    return data


def stream_shard(
    stream: BinaryIO, members: tuple[str, ...] = MEMBERS, limits: ShardLimits = DEFAULT_LIMITS
) -> Iterator[ShardSample]:
    """All samples of a shard in order, holding one at a time. Raises ``ShardError`` at the first thing wrong."""
    seen: set[str] = set()
    key, found = "", dict[str, ReadMember]()
    for name_key, read in _members(stream, members, limits):
        if name_key != key:
            if found:
                yield _sample(key, found, members)
            if name_key in seen:
                raise ShardError("duplicate_member", f"the sample {name_key} appears in two places")
            seen.add(name_key)
            key, found = name_key, {}
        if read.place.member in found:
            raise ShardError("duplicate_member", f"{key}.{read.place.member}")
        found[read.place.member] = read
    if found:
        yield _sample(key, found, members)


def _sample(key: str, found: dict[str, ReadMember], members: tuple[str, ...]) -> ShardSample:
    missing = [member for member in members if member not in found]
    if missing:
        raise ShardError("missing_member", f"{key} lacks {', '.join(missing)}")
    return ShardSample(key, tuple(found[member] for member in members))


def _members(stream: BinaryIO, members: tuple[str, ...], limits: ShardLimits) -> Iterator[tuple[str, ReadMember]]:
    position = 0
    while any(block := _exactly(stream, BLOCK, f"header at byte {position}")):
        info = _header(block, position)
        key, member = _split_name(info.name)
        if member not in members:
            raise ShardError("odd_member", f"{info.name!r}; declared are: {', '.join(members)}")
        _check_size(info.name, member, info.size, limits)
        data = _exactly(stream, info.size, info.name)
        _exactly(stream, padding(info.size), info.name)
        sha256 = hashlib.sha256(data).hexdigest()
        yield key, ReadMember(MemberPlace(member=member, offset=position + BLOCK, size=info.size, sha256=sha256), data)
        position += BLOCK + info.size + padding(info.size)
    _check_end(stream, position)


def _header(block: bytes, position: int) -> tarfile.TarInfo:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise ShardError("bad_header", f"at byte {position}: {error}") from error
    if info.issym() or info.islnk():
        raise ShardError("link", repr(info.name))
    if info.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, *tarfile.GNU_TYPES):
        raise ShardError("extended_header", f"at byte {position}")
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise ShardError("special_file", repr(info.name))
    if info.size < 0:
        raise ShardError("bad_header", f"at byte {position}: the size is negative")
    return info


def _split_name(name: str) -> tuple[str, str]:
    if name.startswith("/"):
        raise ShardError("absolute_name", repr(name))
    if ".." in name.split("/"):
        raise ShardError("parent_name", repr(name))
    match = _NAME.fullmatch(name)
    if not match:
        raise ShardError("odd_name", repr(name))
    return match[1], match[2]


def _check_size(name: str, member: str, size: int, limits: ShardLimits) -> None:
    limit = limits.json_bytes if member.endswith("json") else limits.member_bytes
    if not 0 <= size <= limit:
        raise ShardError("too_large", f"{name} has {size} bytes, the limit is {limit}")


def _check_end(stream: BinaryIO, position: int) -> None:
    if any(_exactly(stream, BLOCK, "end of archive")):
        raise ShardError("trailing_data", f"after byte {position}")
    while rest := stream.read(_CHUNK):
        if any(rest):
            raise ShardError("trailing_data", f"after byte {position}")


def _exactly(stream: BinaryIO, size: int, what: str) -> bytes:
    """Reads in steps, so that a lie about the size costs no memory."""
    parts, left = [], size
    while left:
        part = stream.read(min(left, _CHUNK))
        if not part:
            raise ShardError("truncated", f"{what}: {left} of {size} bytes are missing")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
