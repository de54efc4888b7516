"""Writes odd films on the spot, each picture carrying its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from operators.x264 import DETERMINISM

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
    """The same bytes every time: no date, no random number."""
    tick = spec.tick or 1 / spec.fps
    options = {"fflags": "+bitexact", **spec.mux_options}
    with av.open(str(path), "w", format=spec.container, options=options) as film:
        stream = film.add_stream(spec.codec, rate=spec.fps, options=_same_every_time(spec))
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


def _same_every_time(spec: OddFilm) -> dict[str, str]:
    if not spec.codec.startswith("libx264"):
        return dict(spec.options)
    asked = spec.options.get("x264-params")
    return {**spec.options, "x264-params": f"{DETERMINISM}:{asked}" if asked else DETERMINISM}


def _saying(frame: VideoFrame, fields: str) -> VideoFrame:
    """The field order of a frame can only be set by a filter."""
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    graph.link_nodes(source, graph.add("setfield", fields), graph.add("buffersink")).configure()
    graph.vpush(frame)
    return graph.vpull()
