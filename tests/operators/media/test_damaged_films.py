"""A damaged film gives frames or a named refusal, and never anything else."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from operators.decode import FilmPass, FrameScaler, decode_film
from operators.film_error import REASONS, FilmError
from operators.media import probe_film
from operators.seek import read_frames

FilmMaker = Callable[..., Path]

SOUND: dict[str, dict[str, object]] = {
    "h264.mp4": {"options": {"g": "12", "bf": "2"}},
    "h264.mkv": {"options": {"g": "12", "bf": "2"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "12", "cpu-used": "8"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "12", "bf": "2"}},
    "mpeg2.ts": {"codec": "mpeg2video", "container": "mpegts", "options": {"g": "12"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "container": "mpeg", "options": {"g": "12"}},
    "h264.flv": {"container": "flv", "options": {"g": "12"}},
    "wmv2.asf": {"codec": "wmv2", "container": "asf", "options": {"g": "12"}},
    "mpeg2.mxf": {"codec": "mpeg2video", "container": "mxf", "options": {"g": "12"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "keyint=12:log-level=none"}},
    "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
}


@pytest.fixture(scope="module")
def sound_films(make_film: FilmMaker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sound")
    return {name: make_film(folder / name, **how) for name, how in SOUND.items()}


def survives(path: Path) -> FilmPass | FilmError:
    """Probes, decodes and scales a film, and reads some of its frames again."""
    try:
        probe_film(path)
        film = decode_film(path)
        scaler = FrameScaler()
        pts = []
        for frame in film:
            assert not pts or frame.pts > pts[-1]
            assert scaler.to_array(frame.picture, 48, 27).shape == (27, 48, 3)
            pts.append(frame.pts)
        for frame in read_frames(path, probe_film(path).stream, pts[-3:]):
            assert frame.pts in pts
    except FilmError as error:
        assert error.reason in REASONS
        assert error.detail.endswith(".")
        return error
    return film


@pytest.mark.parametrize("name", SOUND)
def test_a_film_that_ends_early_gives_its_frames_or_a_reason(
    name: str, sound_films: dict[str, Path], tmp_path: Path
) -> None:
    data = sound_films[name].read_bytes()
    path = tmp_path / name
    for share in (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999):
        path.write_bytes(data[: int(len(data) * share)])
        survives(path)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("seed", range(6))
def test_a_film_with_flipped_bits_gives_its_frames_or_a_reason(
    name: str, seed: int, sound_films: dict[str, Path], tmp_path: Path
) -> None:
    data = bytearray(sound_films[name].read_bytes())
    chosen = random.Random(f"{name} {seed}")
    for _ in range(1 << seed):
        data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
    path = tmp_path / name
    path.write_bytes(data)
    survives(path)


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("seed", range(3))
def test_a_film_with_a_header_of_lies_gives_its_frames_or_a_reason(
    name: str, seed: int, sound_films: dict[str, Path], tmp_path: Path
) -> None:
    """Whole words of the first 2 KB, where sizes, counts and rates are stated, become extreme."""
    data = bytearray(sound_films[name].read_bytes())
    chosen = random.Random(f"{name} {seed}")
    for _ in range(12):
        at = chosen.randrange(16, 2048) & ~3
        data[at : at + 4] = struct.pack(">I", chosen.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF]))
    path = tmp_path / name
    path.write_bytes(data)
    survives(path)


@pytest.mark.parametrize("seed", [4689, 4696, 5010, 5716])
def test_a_stream_that_appears_in_mid_film_does_no_harm(
    seed: int, sound_films: dict[str, Path], tmp_path: Path
) -> None:
    """Flipped bits make up new streams of a transport stream, which PyAV's demuxer stumbles over."""
    data = bytearray(sound_films["mpeg2.ts"].read_bytes())
    chosen = random.Random(seed)
    for _ in range(150):
        at = chosen.randrange(len(data) // 188) * 188
        data[at + 1 : at + 3] = struct.pack(">H", 0x4000 | chosen.randrange(0x1FFF))
    path = tmp_path / "film.ts"
    path.write_bytes(data)
    survives(path)


def test_garbage_in_the_middle_is_marked_and_what_follows_is_sound(make_film: FilmMaker, tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mkv", pts=range(240), options={"g": "12", "bf": "0", "x264-params": "scenecut=0"})
    sound = [frame.picture.to_ndarray() for frame in decode_film(path)]
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = random.Random(7).randbytes(300)
    path.write_bytes(data)
    film = decode_film(path)
    frames = [(frame.index, frame.pts, frame.corrupt, frame.picture.to_ndarray()) for frame in film]
    assert film.damaged
    assert 0 < film.corrupt <= 24 or film.errors > 0
    places = [round(pts * 24 / 1000) for _, pts, _, _ in frames]
    for place, (_, _, corrupt, picture) in zip(places, frames, strict=True):
        if not corrupt:
            assert np.array_equal(picture, sound[place])


def test_too_many_corrupt_frames_make_a_film_damaged(make_film: FilmMaker, tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", options={"g": "48", "bf": "0"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 3000
    chosen = random.Random(3)
    for at in range(start, start + 4000, 40):
        data[at] ^= 1 << chosen.randrange(8)
    path.write_bytes(data)
    result = survives(path)
    assert isinstance(result, FilmError)
    assert result.reason == "damaged"
    assert sum(1 for _ in decode_film(path, max_corrupt_share=1.0)) > 0


def test_damage_decoded_with_one_thread_is_the_same_every_time(make_film: FilmMaker, tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", options={"g": "12", "bf": "2"})
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat")
    for at in range(start + 2000, start + 9000, 1500):
        data[at] ^= 0x55
    path.write_bytes(data)

    def told() -> list[tuple[int, bool, bytes]]:
        film = decode_film(path, max_corrupt_share=1.0)
        return [(frame.pts, frame.corrupt, frame.picture.to_ndarray().tobytes()) for frame in film]

    assert told() == told()
