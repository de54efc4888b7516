"""A window's frames out of a clip's mp4: by frame number, proven by the clip's own timestamps, as the bucket's pictures.

The mp4 comes from a shard, perhaps a stranger's: runs decode it in another process (``decoder.py``). It is read from memory as MP4
and nothing else, and may open no other file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NoReturn

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from training.data.buckets import Bucket, Placement, place

MAX_PIXELS: Final = 8192 * 4320
"""Largest picture that is decoded, in coded pixels."""

_SCALING: Final = (
    Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
)
"""The same bytes whatever the processor's vector instructions."""


class CorruptClipError(ValueError):
    """The clip's video is not what its record says, or cannot be decoded. Names the clip."""

    def __init__(self, key: str, cause: str) -> None:
        super().__init__(f"{key}: {cause}")
        self.key = key
        self.cause = cause


@dataclass(frozen=True)
class ClipVideo:
    """``data``: the mp4. The rest is what the record or the manifest says of it, and is held against the video."""

    key: str
    data: bytes
    fps: Fraction
    frames: int
    width: int
    height: int


def window_frames(video: ClipVideo, numbers: Sequence[int], bucket: Bucket) -> NDArray[np.uint8]:
    """``(F, 3, H, W)`` uint8, RGB: the clip's frames ``numbers`` (not falling, each as often as it is named) in ``bucket``'s size.
    Raises ``CorruptClipError``."""
    pictures = np.empty((len(numbers), 3, bucket.height, bucket.width), np.uint8)
    wanted: dict[int, list[int]] = {}
    for at, number in enumerate(numbers):
        wanted.setdefault(number, []).append(at)
    scaler = _BucketScaler(place(video.width, video.height, bucket), bucket)
    try:
        with _opened(video) as container:
            for number, frame in _decoded(video, container, min(wanted), max(wanted)):
                if number in wanted:
                    pictures[wanted.pop(number)] = scaler.picture(frame)
    except CorruptClipError:
        raise
    except (av.FFmpegError, OSError, ValueError) as error:  # ValueError: PyAV's own refusals
        raise CorruptClipError(video.key, f"it cannot be decoded: {error}") from error
    if wanted:
        raise CorruptClipError(video.key, f"frame {min(wanted)} is missing from the video")
    return pictures


def _opened(video: ClipVideo) -> InputContainer:
    return av.open(
        io.BytesIO(video.data),
        mode="r",
        format="mp4",
        options={"max_pixels": str(MAX_PIXELS), "err_detect": "explode"},
        container_options={"protocol_whitelist": "file"},
        metadata_errors="replace",
        io_open=_refuse_other_files,
    )


def _refuse_other_files(*_: object) -> NoReturn:
    raise PermissionError("it asks for another file to be opened")


def _decoded(video: ClipVideo, container: InputContainer, first: int, last: int) -> Iterator[tuple[int, VideoFrame]]:
    """Frames from ``first`` or a little before to ``last``, each with its number."""
    if not container.streams.video:
        raise CorruptClipError(video.key, "it has no video stream")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise CorruptClipError(video.key, "there is no decoder for its codec")
    stream.codec_context.thread_count = 1
    numbers = _numbers(video, container, stream)
    at = {number: pts for pts, number in numbers.items()}
    if last not in at:
        raise CorruptClipError(video.key, f"frame {last} is missing from the video")
    container.seek(at[first], stream=stream, backward=True)
    for frame in container.decode(stream):
        number = numbers.get(-1 if frame.pts is None else frame.pts)
        if number is None or frame.is_corrupt:
            raise CorruptClipError(video.key, f"a damaged frame at timestamp {frame.pts}")
        if (frame.width, frame.height) != (video.width, video.height):
            size = f"{frame.width} x {frame.height}"
            raise CorruptClipError(video.key, f"a frame of {size}, the record says {video.width} x {video.height}")
        if number > last:
            return
        yield number, frame


def _numbers(video: ClipVideo, container: InputContainer, stream: VideoStream) -> dict[int, int]:
    """Timestamp to frame number, from the packets: as many as the record says, a frame's time apart."""
    stamps = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
    if len(stamps) != video.frames:
        raise CorruptClipError(video.key, f"the video has {len(stamps)} frames, the record says {video.frames}")
    tick = Fraction(stream.time_base or 0)
    for number, pts in enumerate(stamps):
        if (pts - stamps[0]) * tick * video.fps != number:
            raise CorruptClipError(video.key, f"frame {number} is not at {number} / {video.fps} s")
    return {pts: number for number, pts in enumerate(stamps)}


class _BucketScaler:
    """Pictures of one clip in one bucket."""

    def __init__(self, placement: Placement, bucket: Bucket) -> None:
        self._placement = placement
        self._bucket = bucket
        self._reformatter = VideoReformatter()

    def picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """``(3, H, W)``."""
        to = self._placement
        scaled = self._reformatter.reformat(
            frame,
            width=to.width,
            height=to.height,
            format="rgb24",
            src_colorspace=_matrix(frame),
            src_color_range=ColorRange.JPEG if int(frame.color_range) == ColorRange.JPEG else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_SCALING,
            threads=1,
        ).to_ndarray()
        inside = scaled[to.top : to.top + self._bucket.height, to.left : to.left + self._bucket.width]
        return np.asarray(inside.transpose(2, 0, 1))


def _matrix(frame: VideoFrame) -> Colorspace:
    """Clips are tagged with BT.709 (1) or one of BT.601's (5, 6); all others are taken as the former."""
    return Colorspace.ITU601 if int(frame.colorspace) in (5, 6) else Colorspace.ITU709
