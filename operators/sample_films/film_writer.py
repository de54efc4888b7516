"""Frames to a video file: one encoder thread, exact timestamps, written aside and renamed."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import av.video.stream
import cv2

from operators.sample_films.photographs import Picture
from operators.sample_films.plans import EncodingPlan

_ENCODERS = {"h264": "libx264", "vp9": "libvpx-vp9", "mpeg4": "mpeg4", "hevc": "libx265", "mjpeg": "mjpeg"}
_FORMATS = {"mp4": "mp4", "mkv": "matroska", "webm": "webm", "avi": "avi", "mov": "mov"}


class FilmWriter:
    """A context manager: the file appears under its name when the block ends well, and not at all otherwise."""

    def __init__(
        self, path: Path, size: tuple[int, int], rate: Fraction, time_base: Fraction, plan: EncodingPlan
    ) -> None:
        self._path, self._aside = path, path.with_name(f".{path.name}.part")
        self._time_base = time_base
        self._container = av.open(str(self._aside), "w", format=_FORMATS[plan.container])
        self._stream = self._container.add_stream(_ENCODERS[plan.codec], rate=rate, options=_options(plan))
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuvj420p" if plan.codec == "mjpeg" else "yuv420p"
        self._stream.time_base = time_base
        self._stream.codec_context.time_base = time_base
        self._stream.codec_context.gop_size = plan.keyframes
        self._stream.codec_context.thread_count = 1

    def write(self, picture: Picture, pts: int) -> None:
        """``picture`` is ``(H, W, 3) uint8, RGB`` with even sides."""
        planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
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
        return {"preset": "veryfast", "crf": str(plan.quality), "bf": str(plan.bframes), "threads": "1"}
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
