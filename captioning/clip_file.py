"""A clip's file as pictures: decoded anew for every pass, one frame at a time, so memory does not grow with the
clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captioning.protocol import ClipInput
from operators.decode import FrameScaler, decode_film
from operators.film_error import FilmError


@dataclass(frozen=True)
class ClipFile:
    """``ClipPictures`` over ``clip.path``."""

    clip: ClipInput

    def pictures(self, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
        scaler = FrameScaler()
        seen = 0
        for frame in decode_film(self.clip.path):
            seen += 1
            if seen <= self.clip.frames:
                yield scaler.to_array(frame.picture, width, height)
        if seen != self.clip.frames:
            raise FilmError("frame_missing", f"The clip has {seen} frames, its shots cover {self.clip.frames}.")
