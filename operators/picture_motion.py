"""How the picture as a whole moved from one frame to the next: shift, zoom and roll, in spite of moving subjects.

One corner per cell of a grid is tracked by pyramidal Lucas-Kanade, so that a richly textured subject has no more votes
than the area it fills. What they agree on is then found by consensus (``operators/similarity.py``).
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.similarity import STILL, Points, about_centre, agreed_similarity

LONG_SIDE = 192
"""Pictures are measured at this many pixels on their longer side."""

_CELL = 12
_EDGE_VOTE = 4.0
_TEXTURE_FLOOR = 4e-4
_GREY_SPREAD = 48.0
_LARGEST_GAIN = 6.0
_TOLERANCE = 0.45
_TOLERANCE_PER_PIXEL = 0.04
_FEWEST_FOLLOWERS = 8
_LEAST_AGREEMENT = 0.3
_LEAST_SPREAD = 0.1
_LARGEST_ERROR = 12.0

Grey = NDArray[np.uint8]

_LEVELS = np.arange(256, dtype=np.float32)


@dataclass(frozen=True)
class PictureMotion:
    """How the *picture* moved (the camera moved the other way).

    ``right`` and ``down`` as fractions of the frame's width; ``zoom`` the logarithm of the magnification (positive:
    things grow); ``clockwise`` in radians as seen on the screen; ``agreement`` the share of tracked points, by votes,
    that follow it. ``others``: how far the tracked points moved against it on average, as a fraction of the frame's
    width, followers counted as 0: things that move on their own, times the share of the textured picture they fill.
    """

    right: float
    down: float
    zoom: float
    clockwise: float
    agreement: float
    others: float = 0.0


def measuring_size(width: int, height: int) -> tuple[int, int]:
    """``(width, height)`` at which a picture of the given display size is measured; never larger than the picture."""
    scale = min(1.0, LONG_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def evened_grey(rgb: NDArray[np.uint8]) -> Grey:
    """``(H, W, 3) uint8 RGB`` as ``(H, W) uint8`` grey of fixed mean and, up to a limit of gain, fixed spread.

    Rounding comes after the gain, so a dark shot keeps the fine steps that the mean of three channels holds; flicker
    and slow fades do not look like motion.
    """
    grey = cv2.transform(rgb.astype(np.float32), np.array([[0.299, 0.587, 0.114]], np.float32))
    return _evened(grey, *_mean_and_gain(grey))


def evened_luma(luma: Grey) -> Grey:
    """The same of luma ``(H, W) uint8``."""
    return np.asarray(cv2.LUT(luma, _evened(_LEVELS, *_mean_and_gain(luma))))


def _mean_and_gain(grey: cv2.typing.MatLike) -> tuple[float, float]:
    mean, spread = (float(v[0, 0]) for v in cv2.meanStdDev(grey))
    return mean, min(_LARGEST_GAIN, _GREY_SPREAD / max(spread, 1e-6))


def _evened(grey: cv2.typing.MatLike, mean: float, gain: float) -> Grey:
    evened: Grey = cv2.convertScaleAbs(np.maximum((grey - mean) * gain + 128.0, 0.0))
    return evened


class MotionMeter:
    """Fed one picture after another; forgets at a cut. Holds two pictures, whatever the length of the clip."""

    def __init__(self) -> None:
        self._before: Grey | None = None
        self._last = STILL

    def cut(self) -> None:
        """What comes next is another shot: no motion is measured over the border."""
        self._before = None
        self._last = STILL

    def see(self, rgb: NDArray[np.uint8]) -> PictureMotion | None:
        """Motion from the picture seen before to this one, both ``(H, W, 3) uint8 RGB``.

        None for the first of a shot, and where too little agrees for anything to be said (flat, noise, a flash).
        """
        return self.see_grey(evened_grey(rgb))

    def see_grey(self, grey: Grey) -> PictureMotion | None:
        """As ``see``, of a picture that ``evened_grey`` or ``evened_luma`` gave."""
        before, self._before = self._before, grey
        if before is None or before.shape != grey.shape:
            return None
        return self._between(before, grey)

    def _between(self, before: Grey, after: Grey) -> PictureMotion | None:
        corners = _corners(before)
        if len(corners) < _FEWEST_FOLLOWERS:
            return None
        moved, found, error = cv2.calcOpticalFlowPyrLK(
            before,
            after,
            corners,
            corners.copy(),
            winSize=(15, 15),
            maxLevel=3,
            criteria=(3, 20, 0.01),
            minEigThreshold=1e-4,
        )
        kept = (found[:, 0] == 1) & (error[:, 0] < _LARGEST_ERROR)
        if int(kept.sum()) < _FEWEST_FOLLOWERS:
            return None
        height, width = before.shape
        start, end = about_centre(corners[kept], width, height), about_centre(moved[kept], width, height)
        tolerance = _TOLERANCE + _TOLERANCE_PER_PIXEL * float(np.median(np.abs(end - start)))
        found_one = agreed_similarity(start, end, _votes(start, width, height), self._last, tolerance)
        if not _convinces(start, found_one.followers, found_one.share, width, height):
            return None
        a, b = self._last = found_one.model
        return PictureMotion(
            b.real / width,
            b.imag / width,
            math.log(abs(a)),
            cmath.phase(a),
            found_one.share,
            float(np.where(found_one.followers, 0.0, found_one.off).mean()) / width,
        )


def _corners(grey: Grey) -> NDArray[np.float32]:
    """``(N, 2) float32`` pixel positions: the strongest corner of every cell that has texture."""
    strength = cv2.cornerMinEigenVal(grey, 5)
    rows, columns = grey.shape[0] // _CELL, grey.shape[1] // _CELL
    top, left = (grey.shape[0] - rows * _CELL) // 2, (grey.shape[1] - columns * _CELL) // 2
    inside = strength[top : top + rows * _CELL, left : left + columns * _CELL]
    cells = inside.reshape(rows, _CELL, columns, _CELL).swapaxes(1, 2).reshape(rows * columns, _CELL * _CELL)
    if cells.size == 0:
        return np.empty((0, 2), np.float32)
    best = cells.argmax(axis=1)
    textured = cells[np.arange(len(cells)), best] > _TEXTURE_FLOOR
    row, column = np.divmod(np.arange(len(cells)), columns)
    x = left + column * _CELL + best % _CELL
    y = top + row * _CELL + best // _CELL
    return np.asarray(np.stack([x, y], axis=1)[textured], dtype=np.float32)


def _votes(points: Points, width: int, height: int) -> NDArray[np.float64]:
    """A subject stands in the middle more often than at the rim, so the rim has the larger vote."""
    rim = np.maximum(np.abs(points.real) / (width / 2), np.abs(points.imag) / (height / 2)) > 2 / 3
    return np.where(rim, _EDGE_VOTE, 1.0)


def _convinces(start: Points, followers: NDArray[np.bool_], agreement: float, width: int, height: int) -> bool:
    """Enough points follow, and they are not all on one small thing in the frame."""
    if int(followers.sum()) < _FEWEST_FOLLOWERS or agreement < _LEAST_AGREEMENT:
        return False
    spread = float(np.std(start[followers].real) / width), float(np.std(start[followers].imag) / height)
    return max(spread) > _LEAST_SPREAD
