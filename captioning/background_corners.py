"""Where a picture can be followed: one corner per cell of a grid, none in bars, none that noise alone would make."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.picture_motion import Grey

_CELL = 12
_BLOCK = 5
_FLOOR = 4e-5
_NOISE_FLOOR = 5e-6
_NOISE_WEIGHT = 1.5e-5
"""Of OpenCV's corner strength. Noise of standard deviation s makes corners of about 1.5e-5 s^2 (measured on white noise)."""

_BAR_LEVEL = 20
_BAR_MARGIN = 7
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_NORMAL_MAD = 0.6745
_KERNEL_SIGMA = 6.0


@dataclass(frozen=True)
class Corners:
    """``at``: ``(N, 2) float32`` pixel positions; ``worth``: ``(N,)`` of 0 to 1, how far each stands out of the noise."""

    at: NDArray[np.float32]
    worth: NDArray[np.float64]


def find_corners(grey: Grey, luma: Grey, noise: float) -> Corners:
    """The strongest corner of every cell that has texture. ``grey`` is the evened picture, ``luma`` the same as it was, by
    which black bars are known; ``noise`` what ``picture_noise`` says of it."""
    strength: NDArray[np.float32] = np.asarray(cv2.cornerMinEigenVal(grey, _BLOCK), np.float32)
    _blank_bars(strength, luma)
    rows, columns = grey.shape[0] // _CELL, grey.shape[1] // _CELL
    top, left = (grey.shape[0] - rows * _CELL) // 2, (grey.shape[1] - columns * _CELL) // 2
    inside = strength[top : top + rows * _CELL, left : left + columns * _CELL]
    cells = inside.reshape(rows, _CELL, columns, _CELL).swapaxes(1, 2).reshape(rows * columns, _CELL * _CELL)
    if cells.size == 0:
        return Corners(np.empty((0, 2), np.float32), np.empty(0))
    best = cells.argmax(axis=1)
    power = cells[np.arange(len(cells)), best].astype(np.float64)
    textured = power > max(_FLOOR, _NOISE_FLOOR * noise**2)
    row, column = np.divmod(np.arange(len(cells)), columns)
    places = np.stack([left + column * _CELL + best % _CELL, top + row * _CELL + best // _CELL], axis=1)[textured]
    power = power[textured]
    return Corners(places.astype(np.float32), power / (power + _NOISE_WEIGHT * noise**2))


def picture_noise(grey: Grey) -> float:
    """Standard deviation of the noise by a mask that lines and planes do not answer to (Immerkaer 1996), its median
    instead of its mean, so that texture counts little."""
    answer = cv2.filter2D(grey, cv2.CV_32F, _NOISE_KERNEL)[1:-1:2, 1:-1:2]
    return float(np.median(np.abs(answer))) / _NORMAL_MAD / _KERNEL_SIGMA if answer.size else 0.0


def _blank_bars(strength: NDArray[np.float32], luma: Grey) -> None:
    """Where a picture meets a bar it has corners that stand still whatever the camera does."""
    rows, columns = luma.max(axis=1) > _BAR_LEVEL, luma.max(axis=0) > _BAR_LEVEL
    if not rows.any():
        return
    for lines, side in ((rows, strength), (columns, strength.T)):
        first, last = int(lines.argmax()), int(lines[::-1].argmax())
        if first:
            side[: first + _BAR_MARGIN] = 0
        if last:
            side[-last - _BAR_MARGIN :] = 0
