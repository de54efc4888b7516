"""Old, rare and plain formats: what can be decoded is used, frame by frame; what cannot be is refused in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from operators.film_error import FilmError
from operators.media import probe_film

PAL = {"fps": Fraction(25)}
B_FRAMES = {"bf": "2", "g": "12"}
QUIET = {"x265-params": "log-level=none"}
INTERLACED = {"flags": "+ildct+ilme", "bf": "2"}

FORMATS: dict[str, dict[str, Any]] = {
    "video1.avi": {"codec": "msvideo1", "pixels": "rgb555le"},
    "cinepak.mov": {"codec": "cinepak", "pixels": "rgb24"},
    "rpza.mov": {"codec": "rpza", "pixels": "rgb555"},
    "animation.mov": {"codec": "qtrle", "pixels": "rgb24"},
    "sorenson.mov": {"codec": "svq1", "pixels": "yuv410p"},
    "screen.avi": {"codec": "zmbv", "pixels": "bgr0"},
    "mpeg1.mpg": {"codec": "mpeg1video", "container": "mpeg", **PAL},
    "mpeg2.vob": {"codec": "mpeg2video", "container": "vob", "options": {"bf": "2"}, **PAL},
    "clock that wraps.ts": {
        "codec": "mpeg2video",
        "container": "mpegts",
        "options": {"bf": "2"},
        "mux_options": {"output_ts_offset": "95442.5"},
        **PAL,
    },
    "mpeg4.avi": {"codec": "mpeg4", "options": B_FRAMES},
    "msmpeg4.avi": {"codec": "msmpeg4"},
    "flv1.flv": {"codec": "flv", "container": "flv"},
    "flash screen.flv": {"codec": "flashsv", "pixels": "bgr24", "container": "flv"},
    "wmv1.asf": {"codec": "wmv1", "container": "asf"},
    "vp8.ogv": {"codec": "libvpx", "container": "ogg", "options": {"b": "2M"}},
    "vp9.ivf": {"codec": "libvpx-vp9", "container": "ivf", "options": {"cpu-used": "8", "b": "2M"}},
    "rv20.rm": {"codec": "rv20", "container": "rm", "size": (176, 144)},
    "h263.3gp": {"codec": "h263", "size": (176, 144)},
    "mpeg2.mxf": {"codec": "mpeg2video", "container": "mxf", **PAL},
    "mpeg2.wtv": {"codec": "mpeg2video", "container": "wtv", **PAL},
    "ffv1.nut": {"codec": "ffv1", "container": "nut"},
    "dv.dv": {"codec": "dvvideo", "container": "dv", "size": (720, 576), **PAL},
    "dv.avi": {"codec": "dvvideo", "size": (720, 576), **PAL},
    "ntsc dv.mov": {"codec": "dvvideo", "size": (720, 480), "pixels": "yuv411p", "fps": Fraction(30000, 1001)},
    "film.y4m": {"codec": "wrapped_avframe", "container": "yuv4mpegpipe"},
    "jpeg 4-2-2.mov": {"codec": "mjpeg", "pixels": "yuvj422p"},
    "png.mov": {"codec": "png", "pixels": "rgba"},
    "jpeg 2000.mov": {"codec": "jpeg2000"},
    "prores 4-4-4-4.mov": {"codec": "prores_ks", "pixels": "yuva444p10le"},
    "cineform.mov": {"codec": "cfhd", "pixels": "yuv422p10le"},
    "huffyuv.avi": {"codec": "huffyuv", "pixels": "yuv422p"},
    "utvideo.avi": {"codec": "utvideo"},
    "raw bgr.avi": {"codec": "rawvideo", "pixels": "bgr24"},
    "v210.mov": {"codec": "v210", "pixels": "yuv422p10le"},
    "grey.mkv": {"codec": "ffv1", "pixels": "gray"},
    "sixteen bits grey.mkv": {"codec": "ffv1", "pixels": "gray16le"},
    "rgb.mkv": {"codec": "libx264rgb", "pixels": "bgr24"},
    "twelve bits rgb.mkv": {"codec": "ffv1", "pixels": "gbrp12le"},
    "4-1-0.mkv": {"codec": "ffv1", "pixels": "yuv410p"},
    "4-4-0.mkv": {"codec": "ffv1", "pixels": "yuv440p"},
    "alpha.mkv": {"codec": "ffv1", "pixels": "yuva420p"},
    "twelve bits.mkv": {"codec": "libx265", "pixels": "yuv420p12le", "options": QUIET},
    "mbaff.mp4": {"options": INTERLACED | {"g": "12"}, "fields": "tff", **PAL},
    "fragments.mp4": {"options": B_FRAMES, "mux_options": {"movflags": "frag_keyframe+empty_moov+default_base_moof"}},
    "segment index.mp4": {"options": B_FRAMES, "mux_options": {"movflags": "dash+global_sidx"}},
    "smooth.ismv": {"container": "ismv", "options": B_FRAMES},
    "index in front.mp4": {"options": B_FRAMES, "mux_options": {"movflags": "faststart"}},
    "rolling refresh.mp4": {"options": {"x264-params": "intra-refresh=1:keyint=20"}},
    "open groups.ts": {"container": "mpegts", "options": B_FRAMES | {"x264-params": "open-gop=1:scenecut=0"}},
    "hevc.ts": {"codec": "libx265", "container": "mpegts", "options": {"x265-params": "keyint=12:log-level=none"}},
    "120 a second.mp4": {"fps": Fraction(120)},
    "two a second.mp4": {"fps": Fraction(2)},
    "a thousand a second.mkv": {"fps": Fraction(1000)},
    "10x6.mp4": {"size": (10, 6)},
    "10x6.mkv": {"codec": "ffv1", "size": (10, 6)},
    "16384x16.mkv": {"codec": "ffv1", "size": (16384, 16)},
    "16x16384.mkv": {"codec": "ffv1", "size": (16, 16384)},
    "late.mkv": {"instants": range(10**9, 10**9 + 2400, 40), "tick": Fraction(1, 1000)},
    "past 32 bits.mp4": {"instants": range(2**31 - 20, 2**31 + 40), "tick": Fraction(1, 24)},
    "past 40 bits.nut": {"codec": "ffv1", "container": "nut", "instants": range(2**40, 2**40 + 60)},
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_frame_of_a_clip_is_the_one_that_its_plan_names(
    name: str, odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    film = used(odd_film(replace(odd_spec(), **FORMATS[name]), tmp_path / name))
    assert (film.scan.timing.frames, film.scan.timing.vfr) == (60, False)
    assert (film.scan.decode_errors, film.scan.corrupt, film.scan.untimed) == (0, (), 0)
    film.cut(tmp_path / "clip.mp4", (5, 20), (25, 50))
    assert numbers(tmp_path / "clip.mp4") == [*range(5, 20), *range(25, 50)]


@pytest.mark.parametrize("frames", [1, 2])
def test_a_film_of_a_frame_or_two_is_a_film(
    frames: int, odd_film: Any, odd_spec: Any, used: Any, numbers: Callable[[Path], list[int]], tmp_path: Path
) -> None:
    film = used(odd_film(odd_spec(frames=frames), tmp_path / "short.mp4"))
    film.cut(tmp_path / "clip.mp4", (0, frames))
    assert numbers(tmp_path / "clip.mp4") == [*range(frames)]


SOUNDS = {"mp3": "libmp3lame", "wav": "pcm_s16le", "flac": "flac", "adts": "aac", "ac3": "ac3"}


@pytest.mark.parametrize("container", SOUNDS)
def test_a_recording_is_called_one(container: str, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", format=container) as sound:
        stream = sound.add_stream(SOUNDS[container], rate=48000, layout="mono")
        for at in range(0, 48000, 1200):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1200), np.int16), format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
            sound.mux(stream.encode(frame))
        sound.mux(stream.encode(None))
    with pytest.raises(FilmError) as error:
        probe_film(path)
    assert error.value.reason == "not_a_video"
    assert "recording" in error.value.detail


STILLS = {"gif": ("gif", "rgb8"), "apng": ("apng", "rgb24"), "webp": ("libwebp_anim", "yuv420p")}


@pytest.mark.parametrize("container", STILLS)
def test_animated_pictures_are_pictures(container: str, odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    codec, pixels = STILLS[container]
    path = odd_film(odd_spec(codec=codec, pixels=pixels, container=container, **PAL), tmp_path / "film.mp4")
    with pytest.raises(FilmError) as error:
        probe_film(path)
    assert error.value.reason in ("not_a_video", "format_not_allowed")
    assert "image" in error.value.detail


ELEMENTARY = {"h264": "libx264", "hevc": "libx265", "m4v": "mpeg4", "mpeg2video": "mpeg2video"}


@pytest.mark.parametrize("container", ELEMENTARY)
def test_a_stream_without_container_has_no_time(container: str, odd_film: Any, odd_spec: Any, tmp_path: Path) -> None:
    options = QUIET if container == "hevc" else {}
    spec = odd_spec(codec=ELEMENTARY[container], container=container, options=options, **PAL)
    with pytest.raises(FilmError) as error:
        probe_film(odd_film(spec, tmp_path / "film.mp4"))
    assert error.value.reason == "format_not_allowed"
    assert "no timestamps" in error.value.detail
