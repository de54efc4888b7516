"""A stretch of a film as its detectors see it: small frames, and what a network said about each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Window:
    """``frames``: ``(N, H, W, 3) uint8 RGB`` (48x27 in a scan); ``single``, ``many``: ``(N,)`` TransNetV2's heads,
    0..1, NaN where it was not asked. ``fps``: nominal rate, only to turn seconds into frame counts."""

    frames: npt.NDArray[np.uint8]
    single: Floats
    many: Floats
    fps: float

    @classmethod
    def of_pictures(cls, frames: npt.NDArray[np.uint8], fps: float) -> Window:
        """A window of which no network was asked."""
        silence = np.full(len(frames), np.nan, np.float32)
        return cls(frames, silence, silence, fps)

    def __len__(self) -> int:
        return len(self.frames)

    @cached_property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the picture, without bars that stay black through the whole window."""
        brightest = self.frames.max(axis=(0, 3))
        rows, columns = np.flatnonzero(brightest.max(axis=1) > 24), np.flatnonzero(brightest.max(axis=0) > 24)
        if len(rows) < 4 or len(columns) < 4:
            return slice(None), slice(None)
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    @cached_property
    def pixels(self) -> Floats:
        """``(N, P, 3)``: the picture's pixels as floats, bars left out."""
        rows, columns = self.box
        inside = self.frames[:, rows, columns].astype(np.float32)
        return cast(Floats, inside.reshape(len(inside), -1, 3))

    @cached_property
    def middle(self) -> Floats:
        """``(N, Q, 3)``: the middle of the picture, which bars of the usual formats do not reach."""
        _, height, width, _ = self.frames.shape
        rows, columns = round(height * 0.15), round(width * 0.15)
        inside = self.frames[:, rows : height - rows, columns : width - columns].astype(np.float32)
        return cast(Floats, inside.reshape(len(inside), -1, 3))

    @cached_property
    def luma(self) -> Floats:
        """``(N, P)``."""
        return cast(Floats, self.pixels @ LUMA_WEIGHTS)

    @cached_property
    def mean(self) -> Floats:
        """``(N,)`` mean luma."""
        return cast(Floats, self.luma.mean(axis=1))

    @cached_property
    def spread(self) -> Floats:
        """``(N,)`` standard deviation of luma."""
        return cast(Floats, self.luma.std(axis=1))

    @cached_property
    def coarse(self) -> Floats:
        """``(N, P/4, 3)``: 2x2 means, for comparisons of many pairs."""
        rows, columns = self.box
        inside = self.frames[:, rows, columns].astype(np.float32)
        height, width = inside.shape[1] // 2 * 2, inside.shape[2] // 2 * 2
        cells = inside[:, :height, :width].reshape(len(inside), height // 2, 2, width // 2, 2, 3)
        return cast(Floats, cells.mean(axis=(2, 4)).reshape(len(inside), -1, 3))
