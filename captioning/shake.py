"""Where the picture goes to and fro, as with a camera held by hand: found from the turning points of its path."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

SWING = 0.0025
"""Frame widths that the picture must come back by for a turning point to count."""

_LONGEST_WAIT_SECONDS = 0.8
_FEWEST_TURNS = 3
_FEWEST_TURNS_ANY_AXIS = 4
_SHAKING_AXES = (0, 1, 3)

Turns = list[tuple[int, int]]
"""``(pair of frames, axis)``, by time."""


def shaken_pairs(rates: NDArray[np.float64], fps: Fraction) -> NDArray[np.bool_]:
    """``(N,) bool``: pairs of frames inside a run of quick turns: three on one axis, or four on several.

    ``rates`` is ``(N, 4)``, frame widths per second, without NaN. One turn is a pan that comes back; noise that is not
    shake stays below ``SWING``; and a wobble on a steady pan never turns back, so that it remains a pan.
    """
    shaken = np.zeros(len(rates), dtype=bool)
    longest = _LONGEST_WAIT_SECONDS * float(fps)
    turns: Turns = []
    for axis in _SHAKING_AXES:
        path = np.cumsum(uniform_filter1d(rates[:, axis], 3, mode="nearest")) / float(fps)
        own = [(at, axis) for at in turning_points(path, SWING)]
        turns += own
        for run in _runs(own, longest):
            _mark(shaken, run, _FEWEST_TURNS)
    for run in _runs(sorted(turns), longest):
        if len({axis for _, axis in run}) >= 2:
            _mark(shaken, run, _FEWEST_TURNS_ANY_AXIS)
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


def _runs(turns: Turns, longest: float) -> list[Turns]:
    """Turns no further apart than ``longest`` frames."""
    runs: list[Turns] = []
    for turn in turns:
        if runs and turn[0] - runs[-1][-1][0] <= longest:
            runs[-1].append(turn)
        else:
            runs.append([turn])
    return runs


def _mark(shaken: NDArray[np.bool_], run: Turns, fewest: int) -> None:
    """From half a mean swing of the busiest axis before the first turn to half a one after the last.

    What is left of the shot beyond that, if it is less than a swing, belongs to it: the next turn was cut off.
    """
    if len(run) < fewest:
        return
    first, last = run[0][0], run[-1][0]
    busiest = max([axis for _, axis in run].count(axis) for axis in _SHAKING_AXES)
    swing = round((last - first) / max(1, busiest - 1))
    begin = 0 if first <= 1.5 * swing else first - swing // 2
    end = len(shaken) if len(shaken) - last <= 1.5 * swing else last + swing // 2 + 1
    shaken[begin:end] = True
