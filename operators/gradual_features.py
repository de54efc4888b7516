"""What the gradual network sees of every frame: how the frames before and after it, at several distances, differ and
mix in it, and the evidence of a cut before it.

Everything but that evidence is measured in 12 blocks of a 24x12 picture and sorted over the blocks, so that it does
not matter where in the picture, and from which side, something happens.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from operators.cut_evidence import CutEvidence
from operators.transition_window import LUMA_WEIGHTS, Floats, Window

DISTANCES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
WIDTH, HEIGHT = 24, 12
BLOCKS = (3, 4)
PER_DISTANCE = 21
PER_FRAME = 6
PER_BOUNDARY = 6
FEATURES = PER_DISTANCE * len(DISTANCES) + PER_FRAME + PER_BOUNDARY

_KERNEL = np.ones((3, 3), np.uint8)

Indices = npt.NDArray[np.int64]


def gradual_features(window: Window, evidence: CutEvidence) -> Floats:
    """``(N, FEATURES) float32``. Frames before the first and after the last count as equal to these."""
    pictures = _Pictures(window)
    columns = [pictures.alone(), _boundary(evidence)]
    columns += [pictures.around(distance) for distance in DISTANCES]
    return cast(Floats, np.concatenate(columns, axis=1).astype(np.float32))


def _boundary(evidence: CutEvidence) -> Floats:
    """``(N, PER_BOUNDARY)``: the boundary before each frame."""
    columns = [np.log(evidence.difference + 0.5), np.log(evidence.lasting + 0.5), evidence.change]
    columns += [np.log(evidence.ratio + 0.1), np.log(evidence.peak + 0.1), np.sqrt(evidence.histogram)]
    return cast(Floats, np.stack(columns, axis=1))


class _Pictures:
    """The window's frames on the small grid, flat, and what is needed of each of them more than once."""

    def __init__(self, window: Window) -> None:
        rows, columns = window.box
        cropped = (np.ascontiguousarray(frame) for frame in window.frames[:, rows, columns])
        small = [cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in cropped]
        self._bytes = np.stack(small).reshape(len(small), -1)
        self._darkest = np.stack([cv2.erode(frame, _KERNEL) for frame in small]).reshape(len(small), -1)
        self._brightest = np.stack([cv2.dilate(frame, _KERNEL) for frame in small]).reshape(len(small), -1)
        self._colours = self._bytes.astype(np.float32)
        luma = self._colours.reshape(-1, HEIGHT, WIDTH, 3) @ LUMA_WEIGHTS
        flat = luma.reshape(len(small), -1)
        centred = flat - (flat @ _PIXEL_BLOCKS / _BLOCK_PIXELS) @ _PIXEL_BLOCKS.T
        spread = np.sqrt(np.square(centred) @ _PIXEL_BLOCKS / _BLOCK_PIXELS)
        self._pattern = cast(Floats, centred / ((spread + 2.0) @ _PIXEL_BLOCKS.T))
        self._spread = cast(Floats, np.log(spread + 1.0))
        edges = np.abs(np.diff(luma, axis=2)).mean(axis=(1, 2)) + np.abs(np.diff(luma, axis=1)).mean(axis=(1, 2))
        self._edges = np.log(edges + 0.5)
        self._luma = flat.mean(axis=1) / 255.0
        self._contrast = np.log(flat.std(axis=1) + 1.0)

    def alone(self) -> Floats:
        """``(N, PER_FRAME)``."""
        step = np.abs(np.diff(self._colours, axis=0, prepend=self._colours[:1])).mean(axis=1)
        dark = np.exp(-20.0 * self._luma)
        bright = np.exp(-20.0 * (1.0 - self._luma))
        return np.stack([self._luma, self._contrast, self._edges, np.log(step + 0.5), dark, bright], axis=1)

    def around(self, distance: int) -> Floats:
        """``(N, PER_DISTANCE)``: of each frame with those ``distance`` before and after it."""
        now = np.arange(len(self._bytes))
        before, after = np.maximum(now - distance, 0), np.minimum(now + distance, len(now) - 1)
        apart = self._outside(before, after) + self._outside(after, before)
        mixed = np.minimum(self._outside(now, before), self._outside(now, after))
        scale = np.exp(self._spread[before]) + np.exp(self._spread[after]) + 4.0
        unlike = 1.0 - (self._pattern[before] * self._pattern[after]) @ _PIXEL_BLOCKS / _BLOCK_PIXELS
        dip = self._spread - 0.5 * (self._spread[before] + self._spread[after])
        edge_dip = self._edges - 0.5 * (self._edges[before] + self._edges[after])
        shares, rest = self._mixture(before, after)
        columns = [_sorted(apart / scale), _sorted(mixed / scale), _sorted(unlike), _sorted(dip)]
        columns += [_quantiles(shares), rest[:, None], np.log(apart.mean(axis=1) + 0.5)[:, None], edge_dip[:, None]]
        columns += [(apart.mean(axis=1) / scale.mean(axis=1))[:, None]]
        return np.concatenate(columns, axis=1)

    def _outside(self, one: Indices, other: Indices) -> Floats:
        """``(N, 12)``: how far pixels lie outside the colours near their place in the other frame."""
        frames = self._bytes[one]
        below, above = cv2.subtract(self._darkest[other], frames), cv2.subtract(frames, self._brightest[other])
        away = np.maximum(below, above).astype(np.float32)
        return cast(Floats, away @ _VALUE_BLOCKS / (3 * _BLOCK_PIXELS))

    def _mixture(self, before: Indices, after: Indices) -> tuple[Floats, Floats]:
        """Blocks' shares of the later frame in this one, and how much of this one no mixture explains."""
        first = self._colours[before]
        axis, inside = self._colours[after] - first, self._colours - first
        energy = np.square(axis) @ _VALUE_BLOCKS + 200.0
        share = (inside * axis) @ _VALUE_BLOCKS / energy
        total = np.square(inside) @ _VALUE_BLOCKS
        rest = (total - np.square(share) * energy).clip(0).sum(axis=1) / energy.sum(axis=1)
        return cast(Floats, np.clip(share, -0.5, 1.5)), cast(Floats, np.sqrt(np.minimum(rest, 4.0)))


def _block_of_pixels() -> Floats:
    """``(288, 12)``: 1 where a pixel lies in a block."""
    down = np.arange(HEIGHT)[:, None] * BLOCKS[0] // HEIGHT
    across = np.arange(WIDTH)[None, :] * BLOCKS[1] // WIDTH
    return cast(Floats, np.eye(BLOCKS[0] * BLOCKS[1], dtype=np.float32)[(down * BLOCKS[1] + across).ravel()])


_PIXEL_BLOCKS = _block_of_pixels()
_VALUE_BLOCKS = np.repeat(_PIXEL_BLOCKS, 3, axis=0)
_BLOCK_PIXELS = np.float32(HEIGHT * WIDTH / (BLOCKS[0] * BLOCKS[1]))


def _sorted(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return np.sort(values, axis=1)[:, (1, 5, 10)]


def _quantiles(values: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return np.sort(values, axis=1)[:, (0, 2, 5, 8, 11)]
