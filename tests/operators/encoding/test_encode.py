from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pydantic import ValidationError

from operators.encode import EncodeSettings, encode_clip
from operators.film_error import FilmError

FAST = EncodeSettings(preset="veryfast")
VFR_TICKS = tuple(int(k * 40 + (k * k * 7) % 23) for k in range(60))

FILMS: dict[str, dict[str, Any]] = {
    "24 fps with B-frames": {},
    "NTSC": {"fps": Fraction(30000, 1001)},
    "NTSC film in Matroska's milliseconds": {"fps": Fraction(24000, 1001), "suffix": ".mkv"},
    "60 fps": {"fps": Fraction(60)},
    "turned by 90": {"rotation": 90},
    "turned by 180": {"rotation": 180},
    "turned by 270": {"rotation": 270},
    "wide pixels": {"aspect": Fraction(4, 3)},
    "tall pixels": {"aspect": Fraction(9, 16)},
    "odd size": {"width": 161, "height": 97, "codec": "ffv1", "suffix": ".mkv", "options": {}},
    "10 bits": {"codec": "libx265", "pix_fmt": "yuv420p10le", "options": {"x265-params": "log-level=none"}},
    "4:4:4": {"pix_fmt": "yuv444p"},
    "motion JPEG, full range": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "suffix": ".mkv", "options": {}},
    "VP9": {"codec": "libvpx-vp9", "suffix": ".webm", "options": {"cpu-used": "8", "crf": "20", "g": "24"}},
    "timestamps that start late": {"ticks": tuple(range(777, 837)), "tick": Fraction(1, 24)},
}


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FILMS)
def test_every_clip_frame_shows_the_source_frame_that_the_plan_names(
    name: str, film_spec: Any, film: Any, clip_numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    source = film(film_spec(**FILMS[name]))
    plan = source.plan((5, 19), (22, 47))
    assert not plan.vfr
    encoded = encode_clip(plan, source.path, tmp_path / "clip.mp4", FAST, source.pts)
    assert clip_numbers(tmp_path / "clip.mp4") == [*range(5, 19), *range(22, 47)]
    assert encoded.frame_map.shots == ((0, 14), (14, 39))


def test_a_variable_rate_source_shows_what_was_on_screen(
    film_spec: Any, film: Any, clip_numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    source = film(film_spec(ticks=VFR_TICKS, tick=Fraction(1, 1000), suffix=".mkv"))
    plan = source.plan((3, 20), (30, 55))
    assert plan.vfr
    encoded = encode_clip(
        plan, source.path, tmp_path / "clip.mp4", EncodeSettings(preset="veryfast", fps="50/1"), source.pts
    )
    shown = clip_numbers(tmp_path / "clip.mp4")
    for (first, end), (low, high) in zip(encoded.frame_map.shots, ((3, 20), (30, 55)), strict=True):
        for k in range(end - first):
            instant = VFR_TICKS[low] + (k + 0.5) * 20
            expected = max(m for m in range(low, high) if VFR_TICKS[m] <= instant)
            assert shown[first + k] == expected


def test_another_rate_resamples_each_shot_from_its_own_start(
    film_spec: Any, film: Any, clip_numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    source = film(film_spec(fps=Fraction(60)))
    settings = EncodeSettings(preset="veryfast", fps="24/1")
    encode_clip(source.plan((5, 15), (20, 40)), source.path, tmp_path / "clip.mp4", settings, source.pts)
    assert clip_numbers(tmp_path / "clip.mp4") == [6, 8, 11, 13, 21, 23, 26, 28, 31, 33, 36, 38]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_two_makes_are_byte_identical_whatever_the_decoders_threads(
    threads: int, film_spec: Any, film: Any, tmp_path: Path
) -> None:
    source = film(film_spec(width=320, height=192))
    settings = EncodeSettings(max_short_side=100)
    plan = source.plan((5, 30), (31, 60))
    encode_clip(plan, source.path, tmp_path / "a.mp4", settings, source.pts)
    encode_clip(plan, source.path, tmp_path / "b.mp4", settings, source.pts, threads=threads)
    assert sha(tmp_path / "a.mp4") == sha(tmp_path / "b.mp4")


def test_the_file_streams_and_names_neither_source_nor_date(film_spec: Any, film: Any, tmp_path: Path) -> None:
    source = film(film_spec())
    clip = tmp_path / "clip.mp4"
    encode_clip(source.plan((0, 30)), source.path, clip, FAST, source.pts)
    data = clip.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    assert not any(word in data for word in (b"SOURCE-TITLE", b"Lavf", b"Lavc", b"film.mp4"))
    header = data.find(b"mvhd")
    assert data[header + 4 : header + 16] == bytes(12), "version, flags, creation and modification time are zero"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ((1, 1, 1, 1), (1, 1, 1, 1)),
        ((6, 6, 6, 1), (6, 6, 6, 1)),
        ((5, 5, 6, 1), (5, 5, 6, 1)),
        ((2, 2, 2, 0), (6, 6, 6, 1)),
    ],
)
def test_colour_is_always_tagged_and_bt601_and_bt709_stay_what_they_are(
    tags: tuple[int, int, int, int], expected: tuple[int, int, int, int], film_spec: Any, film: Any, tmp_path: Path
) -> None:
    source = film(film_spec(colour=tags, frames=12))
    encode_clip(source.plan((0, 12)), source.path, tmp_path / "clip.mp4", FAST, source.pts)
    with av.open(tmp_path / "clip.mp4") as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        found = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
        assert tuple(int(value) for value in found) == expected
        assert stream.sample_aspect_ratio in (None, 1)


def test_full_range_becomes_limited_and_says_so(
    film_spec: Any, film: Any, clip_lumas: Callable[[Path], list[Any]], tmp_path: Path
) -> None:
    def ramp(_: int, width: int, height: int) -> Any:
        return np.repeat(np.linspace(0, 255, width).astype(np.uint8)[None], height, axis=0)

    spec = film_spec(
        frames=4, luma=ramp, codec="ffv1", pix_fmt="yuv420p", suffix=".mkv", options={}, colour=(6, 6, 6, 2)
    )
    source = film(spec)
    encoded = encode_clip(source.plan((0, 4)), source.path, tmp_path / "clip.mp4", FAST, source.pts)
    luma = clip_lumas(tmp_path / "clip.mp4")[0]
    assert abs(int(luma[:, :2].mean()) - 16) <= 2
    assert abs(int(luma[:, -2:].mean()) - 235) <= 2
    assert encoded.losses == ("full range became limited range",)


def test_ten_bit_high_dynamic_range_is_mapped_and_says_what_it_loses(film_spec: Any, film: Any, tmp_path: Path) -> None:
    spec = film_spec(
        frames=6,
        codec="libx265",
        pix_fmt="yuv420p10le",
        options={"x265-params": "log-level=none"},
        colour=(9, 9, 16, 1),
    )
    source = film(spec)
    encoded = encode_clip(source.plan((0, 6)), source.path, tmp_path / "clip.mp4", FAST, source.pts)
    assert encoded.losses == (
        "10 bits per component became 8",
        "PQ high dynamic range was mapped to the range of BT.709",
    )


def test_a_frame_that_is_not_there_leaves_no_file_behind(film_spec: Any, film: Any, tmp_path: Path) -> None:
    source = film(film_spec(frames=24))
    longer = np.append(source.pts, source.pts[-1] + (source.pts[1] - source.pts[0]))
    plan = source.plan((0, 24))
    shot = plan.shots[0]
    end = int(longer[-1] + (source.pts[1] - source.pts[0]))
    beyond = shot.model_copy(update={"source_frames": (0, 25), "source_pts": (shot.source_pts[0], end)})
    with pytest.raises(FilmError) as refusal:
        encode_clip(plan.model_copy(update={"shots": (beyond,)}), source.path, tmp_path / "clip.mp4", FAST, longer)
    assert refusal.value.reason == "frame_missing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [{"crf": 0}, {"max_short_side": 721}, {"fps": "0/1"}, {"fps": "24"}, {"gop_seconds": 1.5}, {"audio": "mp3"}],
)
def test_settings_outside_their_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EncodeSettings(**wrong)
