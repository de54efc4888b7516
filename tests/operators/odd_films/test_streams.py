"""Which of a file's streams is the film, and what a file's header says that is not so."""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from operators.film_error import FilmError
from operators.media import probe_film

B_FRAMES = {"bf": "2", "g": "12"}


def with_cover(film: Path, out: Path, *, marked: bool) -> Path:
    """The packets of ``film`` beside a larger picture, marked as a cover or not."""
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        cover = target.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 640, 640, "yuvj420p"
        if marked:
            cover.disposition = av.stream.Disposition.attached_pic
        moving = target.add_stream_from_template(source.streams.video[0])
        picture = VideoFrame.from_ndarray(np.full((640, 640, 3), 90, np.uint8), format="rgb24").reformat(
            format="yuvj420p"
        )
        picture.pts, picture.time_base = 0, Fraction(1)
        for packet in [*cover.encode(picture), *cover.encode(None)]:
            target.mux(packet)
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = moving
                target.mux(packet)
    return out


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_cover_art_is_not_the_film_however_large(
    suffix: str, marked: bool, odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[..., Any], tmp_path: Path
) -> None:
    source = odd_film(odd_spec(options=B_FRAMES), tmp_path / f"source{suffix}")
    film = used(with_cover(source, tmp_path / f"film{suffix}", marked=marked))
    assert (film.scan.probe.codec, film.scan.probe.width, film.scan.timing.frames) == ("h264", 160, 60)
    film.cut(tmp_path / "clip.mp4", (5, 20), (25, 50))
    assert numbers(tmp_path / "clip.mp4") == [*range(5, 20), *range(25, 50)]


def test_a_song_with_a_cover_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as song:
        sound, cover = song.add_stream("aac", rate=48000, layout="mono"), song.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = VideoFrame(64, 64, "yuvj420p")
        picture.pts, picture.time_base = 0, Fraction(1)
        for packet in [*cover.encode(picture), *cover.encode(None)]:
            song.mux(packet)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        song.mux([*sound.encode(frame), *sound.encode(None)])
    with pytest.raises(FilmError) as error:
        probe_film(path)
    assert error.value.reason == "no_video_stream"


@pytest.fixture(scope="module")
def plain(odd_film: Any, odd_spec: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("plain")
    return odd_film(odd_spec(options=B_FRAMES), folder / "film.mp4").read_bytes()


def box(film: bytes, kind: bytes) -> int:
    return film.index(kind)


@pytest.mark.parametrize("duration", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_the_durations_in_the_header_do_not_matter(
    duration: int, plain: bytes, used: Any, numbers: Callable[..., Any], tmp_path: Path
) -> None:
    data = bytearray(plain)
    for kind, place in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        at = box(plain, kind) + place
        data[at : at + 4] = struct.pack(">I", duration)
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    film = used(path)
    assert film.scan.timing.frames == 60
    film.cut(tmp_path / "clip.mp4", (5, 20), (25, 50))
    assert numbers(tmp_path / "clip.mp4") == [*range(5, 20), *range(25, 50)]


def test_an_avi_without_index_is_read_all_the_same(
    odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[..., Any], tmp_path: Path
) -> None:
    path = odd_film(odd_spec(codec="mpeg4", options=B_FRAMES), tmp_path / "film.avi")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b"idx1")])
    film = used(path)
    film.cut(tmp_path / "clip.mp4", (5, 20), (25, 50))
    assert numbers(tmp_path / "clip.mp4") == [*range(5, 20), *range(25, 50)]


@pytest.mark.parametrize("filler", [b"\0", b"\xff", b"\x55"])
def test_a_decoder_setup_of_rubbish_is_a_reason(filler: bytes, plain: bytes, tmp_path: Path) -> None:
    at = box(plain, b"avcC") + 4
    path = tmp_path / "film.mp4"
    path.write_bytes(plain[:at] + filler * 26 + plain[at + 26 :])
    with pytest.raises(FilmError) as error:
        probe_film(path)
    assert error.value.reason in ("no_frames", "damaged", "codec_unsupported")


def test_a_film_whose_index_is_missing_is_damaged(plain: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(plain[: box(plain, b"moov") - 4])
    with pytest.raises(FilmError) as error:
        probe_film(path)
    assert error.value.reason == "damaged"


EDITS: dict[str, tuple[list[tuple[int, int]], list[int]]] = {
    "a piece, and a later piece": ([(500, 0), (750, 24)], [*range(12), *range(24, 42)]),
    "an empty start": ([(1000, -1), (1000, 0)], [*range(24)]),
    "later first": ([(500, 24), (500, 0)], [*range(24, 36), *range(12)]),
    "the same piece three times": ([(500, 0)] * 3, [*range(12)] * 3),
}


def with_edits(film: bytes, edits: list[tuple[int, int]]) -> bytes:
    """``edits``: milliseconds to show, and the frame at which it starts (-1: nothing is shown)."""
    at = film.index(b"elst") - 4
    old = int.from_bytes(film[at : at + 4], "big")
    media = int.from_bytes(film[at + 20 : at + 24], "big")
    rows = b"".join(struct.pack(">IiI", span, -1 if k < 0 else media + 512 * k, 1 << 16) for span, k in edits)
    new = struct.pack(">I4sII", 16 + len(rows), b"elst", 0, len(edits)) + rows
    data = bytearray(film[:at] + new + film[at + old :])
    for kind in (b"edts", b"trak", b"moov"):
        place = data.rindex(kind, 0, at) - 4
        size = int.from_bytes(data[place : place + 4], "big") + len(new) - old
        data[place : place + 4] = size.to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_list_is_followed_piece_by_piece(
    name: str, plain: bytes, used: Any, numbers: Callable[..., Any], tmp_path: Path
) -> None:
    edits, shown = EDITS[name]
    path = tmp_path / "film.mp4"
    path.write_bytes(with_edits(plain, edits))
    film = used(path)
    assert film.scan.timing.frames == len(shown)
    assert not film.scan.timing.vfr
    film.cut(tmp_path / "clip.mp4", (1, 9), (10, len(shown) - 1))
    assert numbers(tmp_path / "clip.mp4") == [*shown[1:9], *shown[10:-1]]


def remuxed(source: Path, target: Path, change: Callable[[int, Any], bool]) -> Path:
    """The packets for which ``change`` is true, as it left them."""
    with av.open(str(source)) as film, av.open(str(target), "w") as copy:
        out = copy.add_stream_from_template(film.streams.video[0])
        for number, packet in enumerate(film.demux(video=0)):
            if packet.size and change(number, packet):
                packet.stream = out
                copy.mux(packet)
    return target


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_a_film_that_starts_between_key_frames_begins_at_the_next_one(
    suffix: str, odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[..., Any], tmp_path: Path
) -> None:
    source = odd_film(odd_spec(options=B_FRAMES | {"x264-params": "scenecut=0"}), tmp_path / f"source{suffix}")
    film = used(remuxed(source, tmp_path / f"film{suffix}", lambda number, _: number >= 5))
    shots = [(start, end) for start, end in ((2, 14), (20, 40)) if not film.scan.corrupt]
    film.cut(tmp_path / "clip.mp4", *shots)
    first = 60 - film.scan.timing.frames
    assert numbers(tmp_path / "clip.mp4") == [*range(first + 2, first + 14), *range(first + 20, first + 40)]


def test_packets_without_duration_have_their_neighbours_rate(
    odd_film: Any, odd_spec: Any, used: Any, tmp_path: Path
) -> None:
    def undated(_: int, packet: Any) -> bool:
        packet.duration = 0
        return True

    source = odd_film(odd_spec(options=B_FRAMES), tmp_path / "source.mkv")
    timing = used(remuxed(source, tmp_path / "film.mkv", undated)).scan.timing
    assert (timing.frames, timing.fps, timing.vfr) == (60, "24/1", False)


def test_a_film_with_a_gap_keeps_its_rate_and_shows_the_last_frame_through_it(
    odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[..., Any], tmp_path: Path
) -> None:
    source = odd_film(odd_spec(options={"g": "12", "bf": "0", "x264-params": "scenecut=0"}), tmp_path / "source.mkv")
    film = used(remuxed(source, tmp_path / "film.mkv", lambda number, _: not 24 <= number < 36))
    assert (film.scan.timing.frames, film.scan.timing.fps, film.scan.timing.vfr) == (48, "24/1", True)
    film.cut(tmp_path / "clip.mp4", (20, 30))
    assert numbers(tmp_path / "clip.mp4") == [20, 21, 22, *[23] * 13, *range(36, 42)]


def test_recordings_joined_without_one_clock_are_refused_with_advice(
    odd_film: Any, odd_spec: Any, used: Any, tmp_path: Path
) -> None:
    part = odd_film(odd_spec(container="mpegts", options=B_FRAMES), tmp_path / "part.ts").read_bytes()
    (tmp_path / "film.ts").write_bytes(part + part)
    with pytest.raises(FilmError) as error:
        used(tmp_path / "film.ts")
    assert error.value.reason == "no_timestamps"
    assert "joined" in error.value.detail
