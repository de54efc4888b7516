"""Where the picture goes to and fro, as it does when a camera is held by hand: found from turning points of its
path.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

SWING = 0.0025
"""Frame widths that the picture must come back by for a turning point to count."""

_LONGEST_SWING_SECONDS = 0.8
_FEWEST_TURNS = 3
_SHAKING_AXES = (0, 1, 3)


def shaken_pairs(rates: NDArray[np.float64], fps: Fraction) -> NDArray[np.bool_]:
    """``(N,) bool``: pairs of frames inside a run of at least three quick turns on one axis.

    ``rates`` is ``(N, 4)``, frame widths per second, without NaN. One turn is a pan that comes back; noise that is not
    shake stays below ``SWING``; and a wobble on a steady pan never turns back, so that it remains a pan.
    """
    shaken = np.zeros(len(rates), dtype=bool)
    longest = _LONGEST_SWING_SECONDS * float(fps)
    for axis in _SHAKING_AXES:
        path = np.cumsum(uniform_filter1d(rates[:, axis], 3, mode="nearest")) / float(fps)
        for first, last, swing in _runs(turning_points(path, SWING), longest):
            shaken[max(0, first - swing) : last + swing + 1] = True
    return shaken


def turning_points(path: NDArray[np.float64], swing: float) -> list[int]:
    """Indices at which ``path`` turns and comes back by at least ``swing``. Where it first sets off is not a turn."""
    turns: list[int] = []
    heading = low = high = 0
    for i, place in enumerate(path):
        high = i if place > path[high] else high
        low = i if place < path[low] else low
        if heading >= 0 and path[high] - place >= swing:
            turns += [high] if heading > 0 else []
            heading, low = -1, i
        elif heading <= 0 and place - path[low] >= swing:
            turns += [low] if heading < 0 else []
            heading, high = 1, i
    return turns


def _runs(turns: list[int], longest: float) -> list[tuple[int, int, int]]:
    """Runs of turns no further apart than ``longest``, as ``(first, last, mean swing in frames)``."""
    runs: list[tuple[int, int, int]] = []
    begin = 0
    for i in range(1, len(turns) + 1):
        if i < len(turns) and turns[i] - turns[i - 1] <= longest:
            continue
        if i - begin >= _FEWEST_TURNS:
            first, last = turns[begin], turns[i - 1]
            runs.append((first, last, round((last - first) / (i - begin - 1))))
        begin = i
    return runs
