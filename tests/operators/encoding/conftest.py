"""Small films whose every frame carries its own number as a pattern of blocks that survives scaling and encoding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType, VideoFrame
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan, PlannedShot
from formats.exact_time import parse_rational
from operators.clip_colour import ClipColour
from operators.clip_picture import luma_plane
from operators.decode import decode_film, film_timing
from operators.media import probe_film
from operators.x264 import add_clip_stream, muxer_options
from tests.odd_film import number_in, number_picture


@dataclass(frozen=True)
class FilmSpec:
    """What to render. ``ticks``: the frames' timestamps in ``tick`` seconds; empty means one frame per 1 / ``fps``."""

    frames: int = 60
    width: int = 160
    height: int = 96
    fps: Fraction = Fraction(24)
    ticks: tuple[int, ...] = ()
    tick: Fraction | None = None
    suffix: str = ".mp4"
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    rotation: int = 0
    aspect: Fraction = Fraction(1)
    options: dict[str, str] = field(default_factory=lambda: {"crf": "12", "bf": "3", "g": "24"})
    colour: tuple[int, int, int, int] = (2, 2, 2, 0)
    """matrix, primaries, transfer, range."""
    luma: Callable[[int, int, int], NDArray[np.uint8]] | None = None
    """(frame, width, height) -> (H, W) uint8 as displayed; ``None`` renders the frame's number."""
    sound: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None
    """Seconds -> mono samples in [-1, 1]."""


def _picture(spec: FilmSpec, number: int) -> VideoFrame:
    turned = spec.rotation % 180 != 0
    width, height = (spec.height, spec.width) if turned else (spec.width, spec.height)
    luma = (spec.luma or number_picture)(number, width, height)
    coded = np.ascontiguousarray(np.rot90(luma, -spec.rotation // 90))
    frame = VideoFrame.from_ndarray(np.repeat(coded[:, :, None], 3, axis=2), format="rgb24")
    frame = frame.reformat(format=spec.pix_fmt, dst_color_range=2 if spec.colour[3] == 2 else 1)
    frame.pict_type = PictureType.NONE
    return frame


def _add_sound(container: av.container.OutputContainer, spec: FilmSpec, seconds: float) -> None:
    if spec.sound is None:
        return
    rate = 48000
    stream = container.add_stream("aac", rate=rate, layout="mono")
    samples = spec.sound(np.arange(int(seconds * rate)) / rate).astype(np.float32)
    for at in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def render(spec: FilmSpec, path: Path) -> Path:
    ticks = spec.ticks or tuple(range(spec.frames))
    tick = spec.tick or 1 / spec.fps
    with av.open(path, "w") as container:
        container.metadata["title"] = "SOURCE-TITLE"
        stream = container.add_stream(spec.codec, rate=spec.fps, options=spec.options)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, spec.pix_fmt
        context = stream.codec_context
        context.time_base = tick
        context.sample_aspect_ratio = spec.aspect
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = spec.colour
        if spec.rotation:
            stream.set_display_rotation(spec.rotation)
        _add_sound(container, spec, float((ticks[-1] + 1) * tick))
        for number, pts in enumerate(ticks):
            frame = _picture(spec, number)
            frame.pts, frame.time_base = pts, tick
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@dataclass(frozen=True)
class Source:
    path: Path
    pts: NDArray[np.int64]
    plan: Callable[..., ClipPlan]


def _source(path: Path) -> Source:
    probe = probe_film(path)
    decoded = [(frame.pts, frame.duration) for frame in decode_film(path)]
    pts = np.array([at for at, _ in decoded], np.int64)
    timing = film_timing(pts, decoded[-1][1], parse_rational(probe.time_base))
    borders = np.append(pts, timing.end_pts)

    def plan(*ranges: tuple[int, int]) -> ClipPlan:
        return ClipPlan(
            key="0123456789abcdef-0-0-1",
            source_sha256="0" * 64,
            stream=probe.stream,
            time_base=probe.time_base,
            fps=timing.fps,
            vfr=timing.vfr,
            width=probe.width,
            height=probe.height,
            shots=tuple(
                PlannedShot(source_frames=r, source_pts=(int(borders[r[0]]), int(borders[r[1]]))) for r in ranges
            ),
            joins=(),
        )

    return Source(path, pts, plan)


def _clip_lumas(clip: Path) -> list[NDArray[np.uint8]]:
    with av.open(clip) as container:
        return [luma_plane(frame).copy() for frame in container.decode(video=0)]


def _forge(lumas: Sequence[NDArray[np.uint8]], idr: Sequence[int], fps: Fraction, out: Path) -> Path:
    height, width = lumas[0].shape
    with av.open(out, "w", container_options=muxer_options(fps)) as container:
        stream = add_clip_stream(
            container, (width, height), fps, ClipColour(6, 6, 6), crf=18, preset="medium", gop_seconds=1
        )
        for k, luma in enumerate(lumas):
            grey = np.full((height // 2, width), 128, np.uint8)
            frame = VideoFrame.from_ndarray(np.concatenate([luma, grey]), format="yuv420p")
            frame.pts, frame.time_base = k, 1 / fps
            frame.pict_type = PictureType.I if k in idr else PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out


@pytest.fixture(scope="session")
def film_spec() -> type[FilmSpec]:
    return FilmSpec


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[FilmSpec], Source]:
    """Renders a film and tells its timestamps, and plans over it."""

    def make(spec: FilmSpec) -> Source:
        return _source(render(spec, tmp_path_factory.mktemp("film") / f"film{spec.suffix}"))

    return make


@pytest.fixture(scope="session")
def real_source() -> Callable[[Path], Source]:
    return _source


@pytest.fixture(scope="session")
def clip_lumas() -> Callable[[Path], list[NDArray[np.uint8]]]:
    """All luma planes of a clip, through a plain decoder."""
    return _clip_lumas


@pytest.fixture(scope="session")
def clip_numbers() -> Callable[[Path], list[int]]:
    """The source frame numbers that a clip's pictures carry."""
    return lambda clip: [number_in(luma) for luma in _clip_lumas(clip)]


@pytest.fixture(scope="session")
def forge() -> Callable[[Sequence[NDArray[np.uint8]], Sequence[int], Fraction, Path], Path]:
    """Encodes any pictures as a clip: (luma planes, IDR positions, rate, out)."""
    return _forge
