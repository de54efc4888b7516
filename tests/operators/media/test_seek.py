"""A frame that is sought is the frame that a linear pass gives, byte for byte."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from hashlib import md5
from pathlib import Path

import pytest

from operators.decode import DecodedFrame, decode_film
from operators.film_error import FilmError
from operators.media import probe_film
from operators.packet_decoder import PacketDecoder
from operators.seek import read_frames

FilmMaker = Callable[..., Path]
Seen = tuple[int, str]

KINDS: dict[str, dict[str, object]] = {
    "closed.mp4": {"options": {"g": "12", "bf": "3", "x264-params": "scenecut=0"}},
    "open.mp4": {"options": {"g": "12", "bf": "3", "x264-params": "scenecut=0:open-gop=1"}},
    "open.mkv": {"options": {"g": "12", "bf": "3", "x264-params": "scenecut=0:open-gop=1"}},
    "pyramid.mkv": {"options": {"g": "24", "bf": "7", "x264-params": "scenecut=0:b-pyramid=normal:b-adapt=0"}},
    "refresh.mp4": {"options": {"g": "12", "x264-params": "intra-refresh=1"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "keyint=12:open-gop=1:bframes=3:log-level=none"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "12", "cpu-used": "8"}},
    "hidden.webm": {"codec": "libvpx", "options": {"g": "12", "auto-alt-ref": "1", "lag-in-frames": "10"}},
    "b.avi": {"options": {"g": "12", "bf": "2"}},
    "b.ts": {"codec": "mpeg2video", "container": "mpegts", "options": {"g": "12", "bf": "2"}},
    "b.mpg": {"codec": "mpeg2video", "container": "mpeg", "options": {"g": "12", "bf": "2"}},
    "b.flv": {"container": "flv", "options": {"g": "12", "bf": "2"}},
    "wmv.asf": {"codec": "wmv2", "container": "asf", "options": {"g": "12"}},
    "fragments.mp4": {"options": {"g": "12", "bf": "2"}, "mux_options": {"movflags": "frag_keyframe+empty_moov"}},
    "edited.mp4": {"options": {"g": "12", "bf": "2"}, "pts": range(-5, 43)},
    "vfr.mp4": {
        "options": {"g": "12", "bf": "2"},
        "time_base": Fraction(1, 1000),
        "pts": [sum([33, 50, 21, 100][k % 4] for k in range(i)) for i in range(48)],
    },
}


def seen(frame: DecodedFrame) -> Seen:
    return frame.pts, md5(frame.picture.to_ndarray().tobytes(), usedforsecurity=False).hexdigest()


def linear(path: Path) -> tuple[list[Seen], list[int]]:
    frames = [(seen(frame), frame.key) for frame in decode_film(path)]
    return [one for one, _ in frames], [one[0] for one, key in frames if key]


def sought(path: Path, wanted: Sequence[Seen], keys: Sequence[int] | None) -> list[Seen]:
    stream = probe_film(path).stream
    return [seen(frame) for frame in read_frames(path, stream, [pts for pts, _ in wanted], key_pts=keys)]


@pytest.mark.parametrize("name", KINDS)
def test_any_range_of_any_kind_of_film_is_found_exactly(name: str, make_film: FilmMaker, tmp_path: Path) -> None:
    path = make_film(tmp_path / name, **KINDS[name])
    frames, keys = linear(path)
    for known in (None, keys, []):
        for start in range(0, len(frames), 5):
            wanted = frames[start : start + 4] + frames[start + 25 : start + 28]
            assert sought(path, wanted, known) == wanted


@pytest.mark.parametrize(
    "name",
    [
        "films/bbb_v6.mp4",
        "films/big-buck-bunny_trailer.webm",
        "films/nasa_13013.mp4",
        "films/sintel_threejs_480x204.mp4",
        "films/tears_v2.mp4",
        "odd/bbb_trailer_vp8_dash4_320x240.mp4",
    ],
)
def test_ranges_of_real_films_are_found_exactly(name: str, media: Path) -> None:
    path = media / name
    frames, keys = linear(path)
    chosen = random.Random(name)
    for known in (None, keys):
        first, second = sorted(chosen.sample(range(len(frames) - 20), 2))
        wanted = sorted(set(frames[first : first + 12] + frames[second : second + 12] + frames[-2:]))
        assert sought(path, wanted, known) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("name", ["films/sintel_srtc_av1.webm", "films/big_buck_bunny_0_30.webm"])
def test_ranges_of_large_real_films_are_found_exactly(name: str, media: Path) -> None:
    test_ranges_of_real_films_are_found_exactly(name, media)


def test_a_frame_is_numbered_by_its_place_among_the_wanted(plain_film: Path) -> None:
    pts = [frame.pts for frame in decode_film(plain_film)]
    assert [frame.index for frame in read_frames(plain_film, 0, pts[20:30])] == list(range(10))
    assert list(read_frames(plain_film, 0, [])) == []


@pytest.mark.parametrize("known", [None, [], [0, 6144, 12288, 18432]])
def test_a_timestamp_that_no_frame_has_is_missing(known: list[int] | None, plain_film: Path) -> None:
    pts = [frame.pts for frame in decode_film(plain_film)]
    for wanted in ([pts[5], pts[5] + 1], [pts[-1] + 512], [pts[0] - 1]):
        with pytest.raises(FilmError) as error:
            list(read_frames(plain_film, 0, wanted, key_pts=known))
        assert error.value.reason == "frame_missing"


def test_frames_before_a_missing_one_are_found(plain_film: Path) -> None:
    pts = [frame.pts for frame in decode_film(plain_film)]
    frames = read_frames(plain_film, 0, [pts[30], pts[31], pts[31] + 3])
    assert [next(frames).pts, next(frames).pts] == pts[30:32]


def test_wrong_knowledge_of_key_frames_costs_time_and_nothing_else(plain_film: Path) -> None:
    frames, _ = linear(plain_film)
    for keys in ([frames[7][0]], [frames[k][0] for k in range(48)], [-5], [10**9]):
        assert sought(plain_film, frames[20:40], keys) == frames[20:40]


def test_wanted_timestamps_must_increase(plain_film: Path) -> None:
    with pytest.raises(ValueError, match="increase"):
        list(read_frames(plain_film, 0, [512, 512]))


def test_a_stream_that_is_not_there_is_refused(plain_film: Path) -> None:
    with pytest.raises(FilmError) as error:
        list(read_frames(plain_film, 7, [0]))
    assert error.value.reason == "no_video_stream"


def test_known_key_frames_spare_the_frames_in_between(
    make_film: FilmMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_film(tmp_path / "long.mp4", pts=range(240), options={"g": "12", "bf": "0", "x264-params": "scenecut=0"})
    frames, keys = linear(path)
    decoded = 0
    original = PacketDecoder.pictures

    def counted(decoder: PacketDecoder):
        nonlocal decoded
        for picture in original(decoder):
            decoded += 1
            yield picture

    monkeypatch.setattr(PacketDecoder, "pictures", counted)
    wanted = frames[100:104] + frames[200:204]
    assert sought(path, wanted, keys) == wanted
    assert decoded <= 2 * (12 + 4)
