"""The container is decided by content, and only containers that hold their own pictures are known."""

from __future__ import annotations

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.containers import DEMUXERS, refusal, sniff_container


def box(kind: bytes, size: int) -> bytes:
    return size.to_bytes(4, "big") + kind + b"\0" * (size - 8)


@pytest.mark.parametrize(
    ("head", "demuxer"),
    [
        (box(b"ftyp", 24), "mov"),
        (box(b"free", 40) + box(b"wide", 8) + box(b"mdat", 16), "mov"),
        (b"\x1aE\xdf\xa3" + bytes(60), "matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\0\0\1\xba" + bytes(60), "mpeg"),
        (b"FLV\1\5", "flv"),
        (b"OggS\0", "ogg"),
        ((b"\x47" + bytes(187)) * 9, "mpegts"),
        (bytes(4) + (b"\x47" + bytes(191)) * 9, "mpegts"),
        (bytes(100) + (b"\x47" + bytes(187)) * 9, "mpegts"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (box(b"free", 40) + b"#EXTM3U\nother.mp4\n", None),
        (b"\0\0\0\x18ftypavif" + bytes(40), None),
        (b"ffconcat version 1.0\nfile other.mp4\n", None),
        (b"", None),
    ],
)
def test_the_first_bytes_name_the_demuxer(head: bytes, demuxer: str | None) -> None:
    assert sniff_container(head) == demuxer


@given(st.binary(max_size=600))
def test_any_bytes_are_either_known_or_refused_with_a_reason(head: bytes) -> None:
    if sniff_container(head) is None:
        reason, detail = refusal(head)
        assert reason in ("not_a_video", "format_not_allowed")
        assert detail.endswith(".")


def test_every_demuxer_named_exists_in_ffmpeg() -> None:
    for name in DEMUXERS:
        assert av.ContainerFormat(name, "r").is_input


@pytest.mark.parametrize("name", ["concat", "hls", "dash", "image2", "sdp", "rtsp", "lavfi", "tee", "mpegtsraw"])
def test_no_demuxer_that_opens_other_things_is_allowed(name: str) -> None:
    assert name not in DEMUXERS


@pytest.mark.parametrize(
    ("head", "reason", "word"),
    [
        (b"ffconcat version 1.0\n", "format_not_allowed", "ffconcat"),
        (b"\xef\xbb\xbf#EXTM3U\n", "format_not_allowed", "HLS"),
        (b"<?xml version='1.0'?><MPD/>", "format_not_allowed", "XML"),
        (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "format_not_allowed", "SDP"),
        (b"\0\0\0\1\x67\x42", "format_not_allowed", "timestamps"),
        (b"GIF89a", "format_not_allowed", "GIF"),
        (b"\x89PNG\r\n\x1a\n", "not_a_video", "PNG"),
        (b"Dear diary,", "not_a_video", "known film formats"),
    ],
)
def test_a_refusal_says_what_the_file_is(head: bytes, reason: str, word: str) -> None:
    code, detail = refusal(head)
    assert code == reason
    assert word in detail
