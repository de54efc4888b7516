"""A clip's file as pictures: decoded anew for every pass, one frame at a time, so memory does not grow with the
clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from captioning.protocol import ClipInput
from operators.decode import FrameScaler, decode_film
from operators.film_error import FilmError
from operators.frame_scaler import FOR_MEASURING
from operators.scores.picture_luma import PictureLuma


@dataclass(frozen=True)
class FileFrame:
    """``ClipFrame`` over a decoded picture."""

    picture: VideoFrame
    scaler: FrameScaler

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        return self.scaler.to_array(self.picture, width, height)

    def luma(self, width: int, height: int) -> NDArray[np.uint8]:
        return PictureLuma(self.picture).halved(width, height)


@dataclass(frozen=True)
class ClipFile:
    """``ClipPictures`` over ``clip.path``."""

    clip: ClipInput
    _measuring: FrameScaler = field(default_factory=lambda: FrameScaler(FOR_MEASURING), init=False, repr=False)

    def frames(self) -> Iterator[FileFrame]:
        for picture in self._decoded():
            yield FileFrame(picture, self._measuring)

    def pictures(self, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
        scaler = FrameScaler()
        for picture in self._decoded():
            yield scaler.to_array(picture, width, height)

    def _decoded(self) -> Iterator[VideoFrame]:
        seen = 0
        for frame in decode_film(self.clip.path):
            seen += 1
            if seen <= self.clip.frames:
                yield frame.picture
        if seen != self.clip.frames:
            raise FilmError("frame_missing", f"The clip has {seen} frames, its shots cover {self.clip.frames}.")
