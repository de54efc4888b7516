"""Encrypted films are called encrypted, whatever the container; none is decoded to noise and called damaged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from operators.film_error import FilmError
from operators.media import probe_film
from operators.scrambled import is_scrambled

KEY = "00112233445566778899aabbccddeeff"


def reason_of(path: Path) -> str:
    with pytest.raises(FilmError) as error:
        probe_film(path)
    return error.value.reason


def test_common_encryption_in_mp4(odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    how = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": KEY, "encryption_kid": KEY}
    assert reason_of(odd_film(odd_spec(mux_options=how), tmp_path / "film.mp4")) == "encrypted"


def test_webm_encryption(odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    path = odd_film(odd_spec(codec="libvpx", container="webm"), tmp_path / "film.webm")
    path.write_bytes(with_content_encryption(path.read_bytes()))
    assert reason_of(path) == "encrypted"


def with_content_encryption(film: bytes) -> bytes:
    """Adds a ContentEncryption to the only track of a Matroska file."""
    encryption = element("47e1", b"\5") + element("47e2", bytes(range(16)))
    encoding = element("5031", b"\0") + element("5033", b"\1") + element("5035", encryption)
    added = element("6d80", element("6240", encoding))
    data = bytearray(film)
    named_in_seek_head = data.index(bytes.fromhex("1654ae6b"))
    tracks = data.index(bytes.fromhex("1654ae6b"), named_in_seek_head + 4)
    entry = data.index(b"\xae", tracks + 5)
    grow(data, tracks + 4, len(added))
    size, _ = grow(data, entry + 1, len(added))
    data[entry + 1 + width(data[entry + 1]) + size : entry + 1 + width(data[entry + 1]) + size] = added
    segment = data.index(bytes.fromhex("18538067")) + 4
    data[segment : segment + 8] = b"\x01" + b"\xff" * 7  # unknown size
    return bytes(data)


def element(name: str, body: bytes) -> bytes:
    return bytes.fromhex(name) + (0x10000000 | len(body)).to_bytes(4, "big") + body


def width(first: int) -> int:
    return 9 - first.bit_length()


def grow(data: bytearray, at: int, more: int) -> tuple[int, int]:
    """Adds to the size that stands at ``at``; returns the size before and after."""
    count = width(data[at])
    size = int.from_bytes(data[at : at + count], "big") & ((1 << 7 * count) - 1)
    data[at : at + count] = ((size + more) | (1 << 7 * count)).to_bytes(count, "big")
    return size, size + more


def test_a_scrambled_transport_stream(odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    path = odd_film(odd_spec(container="mpegts"), tmp_path / "film.ts")
    data = bytearray(path.read_bytes())
    assert not is_scrambled(bytes(data), "mpegts")
    for at in range(0, len(data), 188):
        if int.from_bytes(data[at + 1 : at + 3], "big") & 0x1FFF == 0x100:
            data[at + 3] |= 0x80
    path.write_bytes(data)
    assert reason_of(path) == "encrypted"


def test_a_scrambled_dvd(odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    path = odd_film(odd_spec(codec="mpeg2video", container="vob", fps=Fraction(25)), tmp_path / "film.vob")
    data = bytearray(path.read_bytes())
    assert not is_scrambled(bytes(data), "mpeg")
    at = data.find(b"\0\0\1\xe0")
    while at >= 0:
        data[at + 6] |= 0x10
        at = data.find(b"\0\0\1\xe0", at + 4)
    path.write_bytes(data)
    assert reason_of(path) == "encrypted"


def test_a_protected_asf(odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    path = odd_film(odd_spec(codec="wmv2", container="asf"), tmp_path / "film.wmv")
    data = bytearray(path.read_bytes())
    data[30:30] = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e") + (24).to_bytes(8, "little")
    data[16:24] = (int.from_bytes(data[16:24], "little") + 24).to_bytes(8, "little")
    data[24:28] = (int.from_bytes(data[24:28], "little") + 1).to_bytes(4, "little")
    path.write_bytes(data)
    assert reason_of(path) == "encrypted"
