"""Where the picture goes to and fro, as with a camera held by hand: found from the turning points of its path."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SWING = 0.001
"""Frame widths that the picture must come back by for a turning point to count."""

_SWING_ERRORS = 12.0
_LONGEST_WAIT_SECONDS = 0.8
_LONGEST_WAIT_ANY_AXIS_SECONDS = 1.2
_FEWEST_TURNS = 3
_FEWEST_TURNS_ANY_AXIS = 4
_LONGEST_SWING_SECONDS = 1.2
_DRIFT_SECONDS = 2.0
_FASTEST_DRIFT = 0.015
_SHAKING_AXES = (0, 1, 3)

Turns = list[tuple[int, int]]
"""``(pair of looks, axis)``, by time."""


def shaken_pairs(rates: NDArray[np.float64], rate: float, error: float = 0.0) -> NDArray[np.bool_]:
    """``(N,) bool``: pairs of looks inside a run of quick turns: three on one axis, or four on several.

    ``rates`` is ``(N, 4)``, frame widths per second, without NaN; ``rate``: looks per second; ``error``: how far a place is
    off, in frame widths, so that noise does not pass for turns. One turn is a pan that comes back; and while the picture gets
    along over seconds, as in a pan with a wobble, it is not called shaken.
    """
    shaken = np.zeros(len(rates), dtype=bool)
    path = np.cumsum(rates, axis=0) / rate
    swing = max(SWING, _SWING_ERRORS * error)
    turns: Turns = []
    for axis in _SHAKING_AXES:
        own = [(at, axis) for at in turning_points(path[:, axis], swing)]
        turns += own
        for run in _runs(own, _LONGEST_WAIT_SECONDS * rate):
            _mark(shaken, run, _FEWEST_TURNS, rate)
    for run in _runs(sorted(turns), _LONGEST_WAIT_ANY_AXIS_SECONDS * rate):
        if len({axis for _, axis in run}) >= 2:
            _mark(shaken, run, _FEWEST_TURNS_ANY_AXIS, rate)
    return shaken & (_drift(path, rate) < _FASTEST_DRIFT)


def _drift(path: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """How fast the picture gets along over two seconds, frame widths per second: the least of those around each place,
    before it and after it."""
    span = max(1, min(round(_DRIFT_SECONDS * rate), len(path) - 1))
    places = np.arange(len(path))
    slowest = np.full(len(path), np.inf)
    for start in (places - span, places - span // 2, places):
        first = np.clip(start, 0, len(path) - 1 - span)
        moved = np.abs(path[first + span] - path[first]).max(axis=1) * rate / span
        slowest = np.minimum(slowest, moved)
    return slowest


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
    """Turns no further apart than ``longest`` looks."""
    runs: list[Turns] = []
    for turn in turns:
        if runs and turn[0] - runs[-1][-1][0] <= longest:
            runs[-1].append(turn)
        else:
            runs.append([turn])
    return runs


def _mark(shaken: NDArray[np.bool_], run: Turns, fewest: int, rate: float) -> None:
    """From half a mean swing of the busiest axis before the first turn to half a one after the last.

    What is left of the shot beyond that, if it is less than a swing, belongs to it: the next turn was cut off.
    """
    if len(run) < fewest:
        return
    first, last = run[0][0], run[-1][0]
    busiest = max([axis for _, axis in run].count(axis) for axis in _SHAKING_AXES)
    swing = min((last - first) / max(1, busiest - 1), _LONGEST_SWING_SECONDS * rate)
    begin = 0 if first <= 1.5 * swing else first - round(swing / 2)
    end = len(shaken) if len(shaken) - last <= 1.5 * swing else last + round(swing / 2) + 1
    shaken[begin:end] = True
