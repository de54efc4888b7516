"""How the picture as a whole moved from one frame to the next: shift, zoom and roll, in spite of moving subjects.

One corner per cell of a grid is tracked by pyramidal Lucas-Kanade, so that a richly textured subject has no more votes
than the area it fills. A similarity is then found by consensus: with points as complex numbers about the frame's
centre it reads ``z' = a z + b``, ``a = scale * exp(i angle)``. Two points fix it; it is scored by truncated squares
(MSAC: Torr and Zisserman 2000), times how widely its followers stand, and refined by least squares over them. The
draws are fixed, so the result is too.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LONG_SIDE = 192
"""Pictures are measured at this many pixels on their longer side."""

_CELL = 12
_EDGE_VOTE = 4.0
_PAIRS = 96
_SINGLES = 32
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
Points = NDArray[np.complex128]


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
    return _evened(cv2.transform(rgb.astype(np.float32), np.array([[0.299, 0.587, 0.114]], np.float32)))


def evened_luma(luma: Grey) -> Grey:
    """The same of luma ``(H, W) uint8``."""
    return _evened(luma.astype(np.float32))


def _evened(grey: cv2.typing.MatLike) -> Grey:
    mean, spread = (float(v[0, 0]) for v in cv2.meanStdDev(grey))
    gain = min(_LARGEST_GAIN, _GREY_SPREAD / max(spread, 1e-6))
    evened: Grey = cv2.convertScaleAbs(np.maximum((grey - mean) * gain + 128.0, 0.0))
    return evened


class MotionMeter:
    """Fed one picture after another; forgets at a cut. Holds two pictures, whatever the length of the clip."""

    def __init__(self) -> None:
        self._before: Grey | None = None
        self._last = (1.0 + 0j, 0j)

    def cut(self) -> None:
        """What comes next is another shot: no motion is measured over the border."""
        self._before = None
        self._last = (1.0 + 0j, 0j)

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
        start, end = _about_centre(corners[kept], width, height), _about_centre(moved[kept], width, height)
        votes = _votes(start, width, height)
        model, agreement, followers = _consensus(start, end, votes, self._last)
        if not _convinces(start, followers, agreement, width, height):
            return None
        self._last = model
        scale, angle = abs(model[0]), cmath.phase(model[0])
        against = np.where(followers, 0.0, np.abs(model[0] * start + model[1] - end))
        return PictureMotion(
            model[1].real / width,
            model[1].imag / width,
            math.log(scale),
            angle,
            agreement,
            float(against.mean()) / width,
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


def _about_centre(points: NDArray[np.float32], width: int, height: int) -> Points:
    placed = points.astype(np.float64)
    return (placed[:, 0] - (width - 1) / 2) + 1j * (placed[:, 1] - (height - 1) / 2)


def _votes(points: Points, width: int, height: int) -> NDArray[np.float64]:
    """A subject stands in the middle more often than at the rim, so the rim has the larger vote."""
    rim = np.maximum(np.abs(points.real) / (width / 2), np.abs(points.imag) / (height / 2)) > 2 / 3
    return np.where(rim, _EDGE_VOTE, 1.0)


def _draws() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(20240)
    return generator.random((2, _PAIRS)), generator.random(_SINGLES)


_PAIR_DRAWS, _SINGLE_DRAWS = _draws()


def _hypotheses(start: Points, end: Points, last: tuple[complex, complex]) -> tuple[Points, Points]:
    """Similarities ``(a, b)`` from fixed draws of point pairs and single points, stillness, and the motion just
    before.
    """
    first, second = (_PAIR_DRAWS * len(start)).astype(int)
    apart = np.abs(start[first] - start[second]) > 3 * _CELL
    first, second = first[apart], second[apart]
    a = (end[first] - end[second]) / (start[first] - start[second])
    sane = np.abs(np.log(np.maximum(np.abs(a), 1e-9))) < 0.5
    a, first = a[sane], first[sane]
    b = end[first] - a * start[first]
    single = (_SINGLE_DRAWS * len(start)).astype(int)
    a_all = np.concatenate([a, np.ones(len(single)), [1.0, last[0]]])
    b_all = np.concatenate([b, end[single] - start[single], [0.0, last[1]]])
    return a_all, b_all


def _consensus(
    start: Points, end: Points, votes: NDArray[np.float64], last: tuple[complex, complex]
) -> tuple[tuple[complex, complex], float, NDArray[np.bool_]]:
    a_all, b_all = _hypotheses(start, end, last)
    off = np.abs(a_all[:, None] * start[None, :] + b_all[:, None] - end[None, :])
    tolerance = _TOLERANCE + _TOLERANCE_PER_PIXEL * float(np.median(np.abs(end - start)))
    support = votes * np.maximum(1.0 - (off / tolerance) ** 2, 0.0)
    best = int((support.sum(axis=1) * _breadth(start, support)).argmax())
    a, b = complex(a_all[best]), complex(b_all[best])
    for _ in range(4):
        miss = np.abs(a * start + b - end) / (2 * tolerance)
        weight = votes * np.maximum(1.0 - miss**2, 0.0) ** 2
        refined = _least_squares(start, end, weight)
        if refined is None:
            break
        a, b = refined
    followers = np.abs(a * start + b - end) < 2 * tolerance
    return (a, b), float(votes[followers].sum() / votes.sum()), followers


def _breadth(start: Points, support: NDArray[np.float64]) -> NDArray[np.float64]:
    """How wide the supporters of each hypothesis stand, 1 for as wide as all points: a subject is compact."""
    total = np.maximum(support.sum(axis=1), 1e-9)
    share = np.ones(len(support))
    for place in (start.real, start.imag):
        mean = support @ place / total
        variance = np.maximum(support @ place**2 / total - mean**2, 0.0)
        share *= np.minimum(np.sqrt(variance) / max(float(place.std()), 1e-6), 1.0)
    return np.sqrt(share)


def _least_squares(start: Points, end: Points, weight: NDArray[np.float64]) -> tuple[complex, complex] | None:
    total = float(weight.sum())
    if total <= 0.0:
        return None
    from_mean, to_mean = complex(weight @ start) / total, complex(weight @ end) / total
    centred = start - from_mean
    power = float(weight @ (np.abs(centred) ** 2))
    if power <= 1e-6:
        return None
    a = complex((weight * centred.conj()) @ (end - to_mean)) / power
    return a, to_mean - a * from_mean


def _convinces(start: Points, followers: NDArray[np.bool_], agreement: float, width: int, height: int) -> bool:
    """Enough points follow, and they are not all on one small thing in the frame."""
    if int(followers.sum()) < _FEWEST_FOLLOWERS or agreement < _LEAST_AGREEMENT:
        return False
    spread = float(np.std(start[followers].real) / width), float(np.std(start[followers].imag) / height)
    return max(spread) > _LEAST_SPREAD
