"""Is a container's content scrambled? Where FFmpeg would decode what it cannot read, the bits that say so are read here.

MP4 and Matroska tell FFmpeg, and it tells us (``operators/media.py``). The others only carry flags.
"""

from __future__ import annotations

from typing import Final

_PACKET_SIZES: Final = (188, 192, 204)
_PES_VIDEO: Final = b"\x00\x00\x01\xe0"
_ASF_ENCRYPTION: Final = (
    bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"),
    bytes.fromhex("14e68a292226174cb935dae07ee9289c"),
)
"""Content Encryption Object and Extended Content Encryption Object (ASF specification, 3.14 and 3.15)."""


def is_scrambled(head: bytes, demuxer: str) -> bool:
    """Whether a file that begins with ``head`` is scrambled, as far as its flags tell."""
    if demuxer == "mpegts":
        return _most(_transport_flags(head))
    if demuxer == "mpeg":
        return _most(_program_flags(head))
    return demuxer == "asf" and any(mark in head for mark in _ASF_ENCRYPTION)


def _most(flags: list[bool]) -> bool:
    return sum(flags) * 2 > len(flags)


def _transport_flags(head: bytes) -> list[bool]:
    """For each packet with content: its transport_scrambling_control (ISO/IEC 13818-1, 2.4.3.2)."""
    for size in _PACKET_SIZES:
        for start in range(min(size, len(head))):
            places = range(start, len(head) - 4, size)
            if len(places) >= 8 and all(head[at] == 0x47 for at in places[:8]):
                return [head[at + 3] & 0xC0 != 0 for at in places if head[at] == 0x47]
    return []


def _program_flags(head: bytes) -> list[bool]:
    """For each packet of pictures: its PES_scrambling_control (13818-1, 2.4.3.6), which DVDs set."""
    flags, at = [], head.find(_PES_VIDEO)
    while 0 <= at < len(head) - 6:
        # MPEG-1 packets have no such field; in MPEG-2 the two bits before it are 10.
        if head[at + 6] & 0xC0 == 0x80:
            flags.append(head[at + 6] & 0x30 != 0)
        at = head.find(_PES_VIDEO, at + 6)
    return flags
