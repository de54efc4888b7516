"""Clips as Shotloom encodes them, whose every frame shows its own number: eight blocks along the top, white for a 1."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from operators.clip_colour import ClipColour
from operators.x264 import add_clip_stream, muxer_options

BLOCKS = 8


def counted_clip(
    frames: int, fps: Fraction = Fraction(24), size: tuple[int, int] = (64, 36), cuts: Sequence[int] = ()
) -> bytes:
    """``size``: width and height. The left half is reddish, the right half bluish. ``cuts``: where a shot begins."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        _write(path, frames, fps, size, cuts)
        return path.read_bytes()


def _write(path: Path, frames: int, fps: Fraction, size: tuple[int, int], cuts: Sequence[int]) -> None:
    with av.open(str(path), "w", format="mp4", container_options=muxer_options(fps)) as container:
        stream = add_clip_stream(container, size, fps, ClipColour(1, 1, 1), crf=8, preset="veryfast", gop_seconds=1)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(_picture(number, *size), format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            frame.pts, frame.time_base = number, 1 / fps
            frame.pict_type = PictureType.I if number in (0, *cuts) else PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def number_in(picture: NDArray[np.uint8]) -> int:
    """The number that a ``(3, H, W)`` picture of the whole clip frame shows."""
    strip = picture[:, : picture.shape[1] // 5].mean(axis=(0, 1))
    blocks = np.array_split(strip, BLOCKS)
    return sum(
        1 << place for place, block in enumerate(blocks) if block[len(block) // 4 : -len(block) // 4].mean() > 127
    )


def _picture(number: int, width: int, height: int) -> NDArray[np.uint8]:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = (200, 40, 40)
    picture[:, width // 2 :] = (40, 40, 200)
    for place in range(BLOCKS):
        on = 255 if number >> place & 1 else 0
        picture[: height // 3, place * width // BLOCKS : (place + 1) * width // BLOCKS] = on
    return picture
