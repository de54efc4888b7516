"""How a shard is laid out: a plain USTAR file whose samples are runs of members called ``KEY.member``."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from formats.film_scan import Record

MEMBERS: Final = ("mp4", "json")
REFERENCES: Final = "zip"
MEMBERS_WITH_REFERENCES: Final = (*MEMBERS, REFERENCES)
"""A corpus has one or the other in all of its samples."""

SPLITS: Final = ("train", "validation", "test")

BLOCK: Final = 512
RECORD_SIZE: Final = 10240
"""USTAR: headers and data fill whole blocks; two empty blocks end the file, which is a whole number of records."""

MAX_NAME_BYTES: Final = 100
MAX_MEMBER_BYTES: Final = 8**11 - 1


class MemberPlace(Record):
    """Where a member's bytes lie in its shard: ``[offset, offset + size)``, without its header."""

    member: str
    offset: Annotated[int, Field(ge=0)]
    size: Annotated[int, Field(ge=0)]
    sha256: str


def shard_name(split: str, number: int) -> str:
    """``shards/train-00000.tar``."""
    return f"shards/{split}-{number:05d}.tar"


def padding(size: int) -> int:
    """Zero bytes that follow a member of ``size`` bytes."""
    return -size % BLOCK


def sample_bytes(sizes: tuple[int, ...]) -> int:
    """What a sample takes in a shard: for each member a header, its bytes and the padding."""
    return sum(BLOCK + size + padding(size) for size in sizes)


def shard_bytes(samples: int) -> int:
    """The size of a shard whose samples take ``samples`` bytes."""
    return samples + 2 * BLOCK + -(samples + 2 * BLOCK) % RECORD_SIZE
