"""One pass: every frame, once, in order, by its timestamp."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from operators.decode import FrameScaler, decode_film
from operators.film_error import FilmError
from operators.film_timing import film_timing
from operators.media import probe_film

FilmMaker = Callable[..., Path]

REAL_FILMS = {
    "films/bbb_v6.mp4": (960, "24/1"),
    "films/big-buck-bunny_trailer.webm": (813, "25/1"),
    "films/big_buck_bunny_0_30.webm": (720, "24/1"),
    "films/nasa_13013.mp4": (390, "30000/1001"),
    "films/sintel_threejs_480x204.mp4": (1252, "24/1"),
    "films/tears_v2.mp4": (1536, "24/1"),
    "odd/bbb_full_4fps_160x120.mkv": (2386, "4/1"),
    "odd/bbb_trailer_vp8_dash4_320x240.mp4": (812, "25/1"),
}


def timestamps(path: Path) -> list[int]:
    return [frame.pts for frame in decode_film(path)]


@pytest.mark.parametrize("name", REAL_FILMS)
def test_a_real_film_gives_all_its_frames_in_order_at_its_rate(name: str, media: Path) -> None:
    frames, fps = REAL_FILMS[name]
    film = decode_film(media / name)
    seen = [(frame.index, frame.pts, frame.duration) for frame in film]
    pts = [at for _, at, _ in seen]
    assert [index for index, _, _ in seen] == list(range(frames))
    assert pts == sorted(set(pts))
    assert (film.frames, film.corrupt, film.errors, film.left_out, film.damaged) == (frames, 0, 0, 0, False)
    timing = film_timing(np.array(pts), seen[-1][2], Fraction(probe_film(media / name).time_base))
    assert (timing.fps, timing.vfr) == (fps, False)


def test_the_first_frame_of_a_film_is_a_key_frame(plain_film: Path) -> None:
    keys = [frame.index for frame in decode_film(plain_film) if frame.key]
    assert keys == [0, 12, 24, 36]


def test_several_threads_give_the_same_pictures_as_one(plain_film: Path) -> None:
    one, two = decode_film(plain_film), decode_film(plain_film, threads=2)
    for left, right in zip(one, two, strict=True):
        assert left.pts == right.pts
        assert np.array_equal(left.picture.to_ndarray(), right.picture.to_ndarray())


@pytest.mark.parametrize(
    ("name", "codec"),
    [("b.avi", "libx264"), ("b.avi", "mpeg4"), ("b.mkv", "libx264"), ("b.mpg", "mpeg2video"), ("b.ts", "mpeg2video")],
)
def test_frames_with_b_frames_come_in_presentation_order_in_any_container(
    name: str, codec: str, make_film: FilmMaker, tmp_path: Path, drawn: Callable[..., np.ndarray]
) -> None:
    path = make_film(tmp_path / name, codec=codec, options={"g": "12", "bf": "2", "b": "3M"})
    film = decode_film(path)
    scaler = FrameScaler()
    shown = [scaler.to_array(frame.picture, 96, 64).astype(int) for frame in film]
    assert (len(shown), film.left_out) == (48, 0)
    for index, picture in enumerate(shown):
        errors = [np.abs(picture - drawn(k, 96, 64)).mean() for k in range(max(0, index - 3), min(48, index + 4))]
        assert int(np.argmin(errors)) == min(index, 3)


def test_what_an_edit_list_cuts_away_is_not_shown(make_film: FilmMaker, tmp_path: Path) -> None:
    """The muxer writes negative times as an edit list that begins at zero."""
    path = make_film(tmp_path / "edited.mp4", options={"g": "12", "bf": "2"}, pts=range(-5, 43))
    pts = timestamps(path)
    assert (len(pts), pts[0]) == (43, 0)


def test_a_variable_rate_keeps_its_own_timestamps(make_film: FilmMaker, tmp_path: Path) -> None:
    instants = np.cumsum([0, *([33, 50, 21, 100] * 11)]).tolist()
    path = make_film(tmp_path / "vfr.mp4", options={"bf": "2"}, pts=instants, time_base=Fraction(1, 1000))
    base = Fraction(probe_film(path).time_base)
    pts = timestamps(path)
    assert [Fraction(at) * base for at in pts] == [Fraction(at, 1000) for at in instants]
    assert film_timing(np.array(pts), 0, base).vfr


def test_frames_that_repeat_a_timestamp_are_left_out_and_counted(make_film: FilmMaker, tmp_path: Path) -> None:
    source = make_film(tmp_path / "source.mkv", options={"g": "1", "bf": "0"})
    remux(source, tmp_path / "repeated.mkv", lambda index, pts: 40 * (index - (index in (10, 30))))
    film = decode_film(tmp_path / "repeated.mkv")
    assert [frame.pts for frame in film] == [40 * index for index in range(48) if index not in (10, 30)]
    assert (film.frames, film.left_out) == (46, 2)


def test_a_film_whose_time_stands_still_has_no_timestamps(make_film: FilmMaker, tmp_path: Path) -> None:
    source = make_film(tmp_path / "source.mkv", options={"g": "1", "bf": "0"})
    remux(source, tmp_path / "still.mkv", lambda index, pts: index // 4)
    with pytest.raises(FilmError) as error:
        list(decode_film(tmp_path / "still.mkv"))
    assert error.value.reason == "no_timestamps"


def remux(source: Path, target: Path, moved: Callable[[int, int], int]) -> None:
    """Copies packets with other timestamps, which may repeat but not go back: muxers refuse that."""
    with av.open(str(source)) as film, av.open(str(target), "w", options={"max_interleave_delta": "0"}) as copy:
        stream = film.streams.video[0]
        out = copy.add_stream_from_template(stream)
        for index, packet in enumerate(film.demux(stream)):
            if packet.size:
                packet.pts = packet.dts = moved(index, packet.dts)
                packet.stream = out
                copy.mux(packet)


PEAKS = """
import sys
from pathlib import Path
from operators.decode import decode_film

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

film = decode_film(Path(sys.argv[1]))
for _ in range(70):
    next(film)
before = peak()
print(sum(1 for _ in film), peak() - before)
"""


def test_memory_does_not_grow_with_the_film(media: Path) -> None:
    """1,182 frames in between would be 100 MB if they were kept."""
    film = media / "films" / "sintel_threejs_480x204.mp4"
    told = subprocess.run([sys.executable, "-c", PEAKS, str(film)], capture_output=True, text=True, check=True).stdout
    frames, kilobytes = map(int, told.split())
    assert frames == 1182
    assert kilobytes < 20 << 10


def test_a_film_can_be_left_before_its_end(plain_film: Path) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    film = decode_film(plain_film)
    next(film)
    film.close()
    assert list(film) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before
