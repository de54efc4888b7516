"""Odd films, each made on the spot. Pictures carry their number (``tests/operators/encoding/conftest.py`` has its own)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan, MadeClip, PlannedShot
from formats.exact_time import FrameRange
from formats.film_scan import FilmScan
from operators.encode import EncodeSettings
from operators.film_measuring import MeasuredFilm, measure_film
from operators.scan import ScanSettings
from operators.signals import KEY_FLAG
from operators.verify import make_clip, verify_clip

ROWS, COLUMNS, BITS = 4, 5, 10


def number_picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """``(height, width)``: blocks of light and dark that spell ``number``, and its complement."""
    bits = [number >> k & 1 for k in range(BITS)]
    cells = np.array(bits + [1 - bit for bit in bits], np.uint8).reshape(ROWS, COLUMNS) * 160 + 45
    return cells[np.arange(height) * ROWS // height][:, np.arange(width) * COLUMNS // width]


def number_in(luma: NDArray[np.uint8]) -> int:
    """The number that a picture carries, or -1."""
    height, width = luma.shape
    rows = (2 * np.arange(ROWS) + 1) * height // (2 * ROWS)
    columns = (2 * np.arange(COLUMNS) + 1) * width // (2 * COLUMNS)
    bits = luma[rows][:, columns].reshape(-1) > 125
    return -1 if np.any(bits[:BITS] == bits[BITS:]) else int(sum(1 << k for k in range(BITS) if bits[k]))


@dataclass(frozen=True)
class OddFilm:
    """What to write. ``instants``: timestamps in ``tick`` seconds (empty: one frame per 1 / ``fps``).

    ``fields``: "tff" or "bff", what frames say of themselves to the encoder; empty: progressive.
    ``picture``: (number, width, height) -> ``(H, W)`` or ``(H, W, 3)`` uint8.
    """

    codec: str = "libx264"
    pixels: str = "yuv420p"
    size: tuple[int, int] = (160, 96)
    frames: int = 60
    fps: Fraction = Fraction(24)
    instants: Sequence[int] = ()
    tick: Fraction | None = None
    options: dict[str, str] = field(default_factory=dict)
    container: str | None = None
    fields: str = ""
    mux_options: dict[str, str] = field(default_factory=dict)
    picture: Callable[[int, int, int], NDArray[np.uint8]] = number_picture


def write(spec: OddFilm, path: Path) -> Path:
    tick = spec.tick or 1 / spec.fps
    with av.open(str(path), "w", format=spec.container, options=dict(spec.mux_options)) as film:
        stream = film.add_stream(spec.codec, rate=spec.fps, options=dict(spec.options))
        stream.width, stream.height, stream.pix_fmt = *spec.size, spec.pixels
        stream.codec_context.time_base, stream.codec_context.thread_count = tick, 1
        for number, instant in enumerate(spec.instants or range(spec.frames)):
            picture = spec.picture(number, *spec.size)
            colour = np.repeat(picture[:, :, None], 3, axis=2) if picture.ndim == 2 else picture
            frame = VideoFrame.from_ndarray(colour, format="rgb24").reformat(format=spec.pixels)
            frame = _saying(frame, spec.fields) if spec.fields else frame
            frame.pts, frame.time_base = instant, tick
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def _saying(frame: VideoFrame, fields: str) -> VideoFrame:
    """The field order of a frame can only be set by a filter."""
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    graph.link_nodes(source, graph.add("setfield", fields), graph.add("buffersink")).configure()
    graph.vpush(frame)
    return graph.vpull()


@pytest.fixture(scope="session")
def odd_film() -> Callable[[OddFilm, Path], Path]:
    return write


@pytest.fixture(scope="session")
def odd_spec() -> type[OddFilm]:
    return OddFilm


@dataclass(frozen=True)
class UsedFilm:
    """A film that was scanned without a network."""

    path: Path
    measured: MeasuredFilm

    @property
    def scan(self) -> FilmScan:
        return self.measured.scan

    def keys(self) -> list[int]:
        """Timestamps of the key frames, as the pipeline tells them to whoever seeks."""
        signals = self.measured.signals
        return signals.pts[signals.flags & KEY_FLAG > 0].tolist() if self.scan.seekable else []

    def plan(self, *ranges: FrameRange) -> ClipPlan:
        borders = np.append(self.measured.signals.pts, self.scan.timing.end_pts)
        return ClipPlan(
            key="0123456789abcdef-0-0-1",
            source_sha256="0" * 64,
            stream=self.scan.probe.stream,
            time_base=self.scan.probe.time_base,
            fps=self.scan.timing.fps,
            vfr=self.scan.timing.vfr,
            width=self.scan.probe.width,
            height=self.scan.probe.height,
            shots=tuple(
                PlannedShot(source_frames=each, source_pts=(int(borders[each[0]]), int(borders[each[1]])))
                for each in ranges
            ),
            joins=(),
        )

    def cut(self, out: Path, *ranges: FrameRange, settings: EncodeSettings | None = None) -> MadeClip:
        """A proven clip of these frames."""
        return self.make(self.plan(*ranges), out, settings)

    def make(self, plan: ClipPlan, out: Path, settings: EncodeSettings | None = None) -> MadeClip:
        """A proven clip, its frames sought as the pipeline seeks."""
        how = settings or EncodeSettings(preset="veryfast", crf=12)
        made = make_clip(plan, self.path, out, how, self.measured.signals.pts, key_pts=self.keys())
        assert verify_clip(out, made) == ()
        return made


@pytest.fixture(scope="session")
def used() -> Callable[..., UsedFilm]:
    """Scans a film: ``used(path, **scan settings)``."""

    def scanned(path: Path, **settings: object) -> UsedFilm:
        return UsedFilm(path, measure_film(path, "0" * 64, ScanSettings(network="none", **settings)))

    return scanned


def _numbers(path: Path) -> list[int]:
    with av.open(str(path)) as film:
        return [number_in(frame.reformat(format="gray").to_ndarray()) for frame in film.decode(video=0)]


@pytest.fixture(scope="session")
def numbers() -> Callable[[Path], list[int]]:
    """The numbers that the pictures of a clip carry."""
    return _numbers
