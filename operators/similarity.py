"""A similarity that most of the tracked points agree on, in spite of those that go their own way.

With points as complex numbers about the frame's centre it reads ``z' = a z + b``, ``a = scale * exp(i angle)``. Two points
fix it; it is scored by truncated squares (MSAC: Torr and Zisserman 2000), times how widely its followers stand, and refined
by least squares over them. The draws are fixed, so the result is too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PAIRS = 96
_SINGLES = 32
_LEAST_APART = 36.0
_LARGEST_ZOOM = 0.5

Points = NDArray[np.complex128]
Floats = NDArray[np.float32]
Similarity = tuple[complex, complex]

STILL: Similarity = (1.0 + 0j, 0j)


@dataclass(frozen=True)
class Agreement:
    """``followers``: which points follow ``model``; ``share``: theirs of all votes; ``off``: how far each point is from
    where the model puts it, in pixels."""

    model: Similarity
    followers: NDArray[np.bool_]
    share: float
    off: NDArray[np.float64]


def about_centre(points: NDArray[np.float32], width: int, height: int) -> Points:
    """``(N, 2)`` pixel positions as complex numbers about the middle of the picture."""
    placed = points.astype(np.float64)
    return (placed[:, 0] - (width - 1) / 2) + 1j * (placed[:, 1] - (height - 1) / 2)


def agreed_similarity(
    start: Points, end: Points, votes: NDArray[np.float64], last: Similarity, tolerance: float, still_bonus: float = 1.0
) -> Agreement:
    """What most ``votes`` agree on, to within ``tolerance`` pixels. ``last`` is tried too; stillness is scored times
    ``still_bonus``."""
    a_all, b_all = _hypotheses(start, end, last)
    scores = _spread_support(start, _support(_squared_misses(a_all, b_all, start, end), votes, tolerance))
    scores[-2] *= still_bonus
    best = int(scores.argmax())
    a, b = complex(a_all[best]), complex(b_all[best])
    for _ in range(4):
        weight = votes * np.maximum(1.0 - _squared_lengths(a * start + b - end) / (2 * tolerance) ** 2, 0.0) ** 2
        refined = _least_squares(start, end, weight)
        if refined is None:
            break
        a, b = refined
    rest = np.abs(a * start + b - end)
    followers = rest < 2 * tolerance
    return Agreement((a, b), followers, float(votes[followers].sum() / votes.sum()), rest)


def _draws() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    generator = np.random.default_rng(20240)
    return generator.random((2, _PAIRS)), generator.random(_SINGLES)


_PAIR_DRAWS, _SINGLE_DRAWS = _draws()


def _hypotheses(start: Points, end: Points, last: Similarity) -> tuple[Points, Points]:
    """Similarities ``(a, b)`` from fixed draws of point pairs and single points, stillness, and the motion just
    before.
    """
    first, second = (_PAIR_DRAWS * len(start)).astype(int)
    apart = np.abs(start[first] - start[second]) > _LEAST_APART
    first, second = first[apart], second[apart]
    a = (end[first] - end[second]) / (start[first] - start[second])
    sane = np.abs(np.log(np.maximum(np.abs(a), 1e-9))) < _LARGEST_ZOOM
    a, first = a[sane], first[sane]
    b = end[first] - a * start[first]
    single = (_SINGLE_DRAWS * len(start)).astype(int)
    a_all = np.concatenate([a, np.ones(len(single)), [1.0, last[0]]])
    b_all = np.concatenate([b, end[single] - start[single], [0.0, last[1]]])
    return a_all, b_all


def _squared_misses(a: Points, b: Points, start: Points, end: Points) -> Floats:
    """``(H, N)``: of hypothesis and point. In real numbers and squared, which is several times as fast as complex moduli."""
    places = np.array([start.real, start.imag, np.ones(len(start))], np.float32)
    right = np.array([a.real, -a.imag, b.real], np.float32).T @ places
    down = np.array([a.imag, a.real, b.imag], np.float32).T @ places
    right -= end.real.astype(np.float32)
    down -= end.imag.astype(np.float32)
    right *= right
    down *= down
    right += down
    return np.asarray(right, np.float32)


def _support(squared_misses: Floats, votes: NDArray[np.float64], tolerance: float) -> Floats:
    """``(H, N)``: votes times truncated squares. Changes ``squared_misses``, so that nothing is allocated."""
    squared_misses *= np.float32(-1.0 / tolerance**2)
    squared_misses += np.float32(1.0)
    np.maximum(squared_misses, np.float32(0.0), out=squared_misses)
    squared_misses *= votes.astype(np.float32)
    return squared_misses


def _spread_support(start: Points, support: Floats) -> NDArray[np.float64]:
    """``(H,)``: each hypothesis' support times how wide its supporters stand, 1 for as wide as all points: a subject is
    compact."""
    x, y = start.real, start.imag
    moments = (support @ np.array([np.ones(len(start)), x, x * x, y, y * y], np.float32).T).astype(np.float64)
    total = np.maximum(moments[:, 0], 1e-9)
    share = np.ones(len(support))
    for place, first in ((x, 1), (y, 3)):
        mean = moments[:, first] / total
        variance = np.maximum(moments[:, first + 1] / total - mean * mean, 0.0)
        middle = float(place.sum()) / len(place)
        whole = float(place @ place) / len(place) - middle * middle
        share *= np.minimum(np.sqrt(variance / max(whole, 1e-12)), 1.0)
    return moments[:, 0] * np.sqrt(share)


def _squared_lengths(points: Points) -> NDArray[np.float64]:
    return np.asarray(points.real**2 + points.imag**2)


def _least_squares(start: Points, end: Points, weight: NDArray[np.float64]) -> Similarity | None:
    total = float(weight.sum())
    if total <= 0.0:
        return None
    from_mean, to_mean = complex(weight @ start) / total, complex(weight @ end) / total
    centred = start - from_mean
    power = float(weight @ _squared_lengths(centred))
    if power <= 1e-6:
        return None
    a = complex((weight * centred.conj()) @ (end - to_mean)) / power
    return a, to_mean - a * from_mean
