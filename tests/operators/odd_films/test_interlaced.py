"""Interlaced films: no clip shows a comb, and every picture stands at the time of the frame that it was made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from operators.decode import DecodedFrame, decode_film
from operators.deinterlace import deinterlaced
from operators.encode import EncodeSettings
from operators.film_error import FilmError

FIELDS = {"flags": "+ildct+ilme", "crf": "8", "bf": "2", "g": "12"}

FILMS: dict[str, dict[str, Any]] = {
    "upper.mkv": {"options": FIELDS},
    "lower.mkv": {"options": FIELDS},
    "field order of MPEG-2.ts": {
        "codec": "mpeg2video",
        "container": "mpegts",
        "options": {"flags": "+ildct+ilme", "b": "8M", "bf": "2"},
    },
    "ten bits.mov": {"codec": "prores_ks", "pixels": "yuv422p10le", "options": {"flags": "+ildct"}},
    "packed.mov": {"codec": "rawvideo", "pixels": "uyvy422", "options": {"field_order": "tt"}},
}


def moving_stripes(step: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """At an instant, counted in fields: upright stripes that move four pixels per field."""
    columns = np.where((np.arange(size[0]) - 4 * step) % 64 < 32, 200, 50)
    return np.repeat(columns[None], size[1], axis=0).astype(np.uint8)


def two_fields(lower_first: bool) -> Callable[[int, int, int], NDArray[np.uint8]]:
    def picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
        first, second = (moving_stripes(2 * number + k, (width, height)) for k in (0, 1))
        woven = second.copy() if lower_first else first.copy()
        woven[1::2] = (first if lower_first else second)[1::2]
        return woven

    return picture


def luma(frame: DecodedFrame) -> NDArray[np.uint8]:
    return frame.picture.reformat(format="gray").to_ndarray()


def comb(picture: NDArray[np.uint8]) -> float:
    """How far a line is from the mean of its two neighbours, in levels; upright stripes give 0."""
    rows = picture.astype(float)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


@pytest.fixture(scope="module")
def make(odd_film: Any, odd_spec: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def film(name: str) -> Path:
        lower = name.startswith("lower")
        picture, fields = two_fields(lower), "bff" if lower else "tff"
        spec = odd_spec(fps=Fraction(25), size=(320, 192), frames=40, picture=picture, fields=fields)
        return odd_film(replace(spec, **FILMS[name]), tmp_path_factory.mktemp("interlaced") / name)

    return film


@pytest.mark.parametrize("name", FILMS)
def test_each_interlaced_frame_becomes_one_whole_picture_of_its_first_field(
    name: str, make: Callable[[str], Path]
) -> None:
    path = make(name)
    raw, whole = list(decode_film(path)), list(deinterlaced(decode_film(path)))
    assert all(frame.picture.interlaced_frame for frame in raw)
    assert [(frame.index, frame.pts, frame.key) for frame in whole] == [
        (frame.index, frame.pts, frame.key) for frame in raw
    ]
    for before, after in zip(raw, whole, strict=True):
        assert comb(luma(before)) > 10
        assert comb(luma(after)) < 0.5
        wanted, other = (moving_stripes(2 * after.index + k, (320, 192)) for k in (0, 1))
        seen = luma(after).astype(float)
        assert np.abs(seen - wanted).mean() < np.abs(seen - other).mean() / 2


def test_a_progressive_film_is_not_touched(odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    frames = list(decode_film(odd_film(odd_spec(), tmp_path / "film.mp4")))
    whole = list(deinterlaced(frames))
    assert all(one is other for one, other in zip(frames, whole, strict=True))


def test_interlaced_frames_between_progressive_ones_do_not_stay_combed(make: Callable[[str], Path]) -> None:
    """As in a film of which some scenes are from video. bwdif left to itself spares frames beside progressive ones."""
    mixed = [_as_progressive(frame) if frame.index % 3 else frame for frame in decode_film(make("upper.mkv"))]
    for before, after in zip(mixed, deinterlaced(mixed), strict=True):
        assert (after is before) == bool(before.index % 3)
        assert after.index % 3 or comb(luma(after)) < 0.5


def _as_progressive(frame: DecodedFrame) -> DecodedFrame:
    """A picture whose frame says nothing of fields, and is otherwise the same."""
    planes = av.VideoFrame.from_ndarray(frame.picture.to_ndarray(), format="yuv420p")
    planes.colorspace, planes.color_range = frame.picture.colorspace, frame.picture.color_range
    return replace(frame, picture=planes)


def test_frames_of_different_shots_never_touch(make: Callable[[str], Path]) -> None:
    """The first picture of a shot is the same whatever came before it, and so is the last whatever follows."""
    frames = list(decode_film(make("upper.mkv")))
    shot = list(deinterlaced(frames[10:20]))
    among_others = [frame for frame in deinterlaced(frames, {10, 20}) if 10 <= frame.index < 20]
    after_a_gap = [frame for frame in deinterlaced(frames[:4] + frames[10:20] + frames[22:]) if 10 <= frame.index < 20]
    for one, other, third in zip(shot, among_others, after_a_gap, strict=True):
        assert np.array_equal(luma(one), luma(other))
        assert np.array_equal(luma(one), luma(third))


@pytest.mark.parametrize("name", FILMS)
def test_clips_of_interlaced_films_are_exact_proven_and_say_what_was_done(
    name: str, make: Callable[[str], Path], used: Any, tmp_path: Path
) -> None:
    film = used(make(name))
    assert film.scan.interlaced == film.scan.timing.frames == 40
    made = film.cut(tmp_path / "clip.mp4", (3, 13), (20, 36))
    assert made.shots == ((0, 10), (10, 26))
    assert "two fields per frame became one picture" in made.losses
    with av.open(tmp_path / "clip.mp4") as clip:
        for number, frame in zip([*range(3, 13), *range(20, 36)], clip.decode(video=0), strict=True):
            seen = frame.reformat(format="gray").to_ndarray()
            assert comb(seen) < 1.5
            shift = [np.abs(seen.astype(float) - moving_stripes(2 * number + k, (320, 192))).mean() for k in (-2, 0, 2)]
            assert int(np.argmin(shift)) == 1


def test_at_half_the_rate_a_picture_is_still_made_with_its_neighbours(
    make: Callable[[str], Path], used: Any, tmp_path: Path
) -> None:
    film = used(make("upper.mkv"))
    for rate in ("25/1", "25/2"):
        settings = EncodeSettings(preset="veryfast", crf=1, fps=rate)
        film.cut(tmp_path / f"{rate[3:]}.mp4", (4, 24), settings=settings)
    with av.open(tmp_path / "1.mp4") as full, av.open(tmp_path / "2.mp4") as half:
        every = [frame.reformat(format="gray").to_ndarray().astype(float) for frame in full.decode(video=0)]
        some = [frame.reformat(format="gray").to_ndarray().astype(float) for frame in half.decode(video=0)]
    assert len(some) == 10
    for k, picture in enumerate(some):
        assert np.abs(picture - every[2 * k + 1]).mean() < 1


def test_interlaced_films_can_be_refused(make: Callable[[str], Path], used: Any) -> None:
    with pytest.raises(FilmError) as error:
        used(make("upper.mkv"), interlaced="refuse")
    assert error.value.reason == "interlaced"


def test_a_film_that_does_not_say_it_is_interlaced_can_be_made_whole_by_a_setting(
    odd_film: Any, odd_spec: Any, used: Any, tmp_path: Path
) -> None:
    spec = odd_spec(fps=Fraction(25), size=(320, 192), frames=40, picture=two_fields(False), options={"crf": "8"})
    film = used(odd_film(spec, tmp_path / "silent.mkv"))
    assert film.scan.interlaced == 0
    combs = {}
    for how in ("flagged", "all"):
        film.cut(tmp_path / "clip.mp4", (4, 24), settings=EncodeSettings(preset="veryfast", crf=8, deinterlace=how))
        with av.open(tmp_path / "clip.mp4") as clip:
            combs[how] = comb(next(clip.decode(video=0)).reformat(format="gray").to_ndarray())
    assert combs["flagged"] > 10
    assert combs["all"] < 1
