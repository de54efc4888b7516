"""Frames to a video file: the same bytes every time, exact timestamps, written aside and renamed."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from operators.sample_films.photographs import Picture
from operators.sample_films.plans import EncodingPlan
from operators.x264 import DETERMINISM

_ENCODERS = {"h264": "libx264", "vp9": "libvpx-vp9", "mpeg4": "mpeg4", "hevc": "libx265"}
_FORMATS = {"mp4": "mp4", "mkv": "matroska", "webm": "webm", "avi": "avi"}


class FilmWriter:
    """A context manager: the file appears under its name when the block ends well, and not at all otherwise."""

    def __init__(
        self, path: Path, size: tuple[int, int], rate: Fraction, time_base: Fraction, plan: EncodingPlan
    ) -> None:
        self._path, self._aside = path, path.with_name(f".{path.name}.part")
        self._time_base = time_base
        self._container = av.open(
            str(self._aside), "w", format=_FORMATS[plan.container], options={"fflags": "+bitexact"}
        )
        stream = self._container.add_stream(_ENCODERS[plan.codec], rate=rate, options=_options(plan))
        if not isinstance(stream, VideoStream):
            raise ValueError(f"{plan.codec} is no video codec")
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.time_base = time_base
        stream.codec_context.time_base = time_base
        stream.codec_context.gop_size = plan.keyframes
        stream.codec_context.thread_count = 1
        self._stream = stream

    def write(self, picture: Picture, pts: int) -> None:
        """``picture`` is ``(H, W, 3) uint8, RGB`` with even sides."""
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = pts, self._time_base
        self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> FilmWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if error is None:
            self._aside.replace(self._path)
        else:
            self._aside.unlink(missing_ok=True)


def write_film(
    path: Path,
    size: tuple[int, int],
    rate: Fraction,
    time_base: Fraction,
    frames: Iterable[tuple[Picture, int]],
    plan: EncodingPlan,
) -> None:
    """Encodes pairs of picture and timestamp."""
    with FilmWriter(path, size, rate, time_base, plan) as writer:
        for picture, pts in frames:
            writer.write(picture, pts)


def _options(plan: EncodingPlan) -> dict[str, str]:
    if plan.codec == "h264":
        return {
            "preset": plan.preset,
            "crf": str(plan.quality),
            "bf": str(plan.bframes),
            "x264-params": DETERMINISM,
        }
    if plan.codec == "hevc":
        return {
            "preset": "ultrafast",
            "crf": str(plan.quality),
            "x265-params": "log-level=error:pools=none:frame-threads=1",
        }
    if plan.codec == "vp9":
        return {"deadline": "realtime", "cpu-used": "8", "crf": str(plan.quality), "b": "0", "threads": "1"}
    return {
        "qmin": str(plan.quality),
        "qmax": str(plan.quality),
        "flags": "+qscale",
        "global_quality": str(118 * plan.quality),
    }
