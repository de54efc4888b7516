"""From the motion of the picture, frame by frame, to what the camera did over which frames.

Every axis is put in one unit: how far a point at the side of the frame moves, in frame widths per second. The best
sequence of moves is then found over the whole shot at once (Viterbi): each frame votes for the moves that fit it, and
every change of mind has a price, which gives both hysteresis and a least length, without shifting borders as smoothing
would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d

from captioning.shake import shaken_pairs
from operators.picture_motion import PictureMotion

MoveKind = Literal[
    "static",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "zoom_in",
    "zoom_out",
    "roll_clockwise",
    "roll_anticlockwise",
    "handheld",
    "unknown",
]

_AXIS_KINDS: tuple[tuple[MoveKind, MoveKind], ...] = (
    ("pan_left", "pan_right"),
    ("tilt_up", "tilt_down"),
    ("zoom_in", "zoom_out"),
    ("roll_anticlockwise", "roll_clockwise"),
)
"""For each axis, what the *camera* does when the picture's number is positive, and when it is negative.

A picture that moves right is a camera that pans left; a picture that moves down, one that tilts up; a picture that
turns clockwise on the screen, one that rolls anticlockwise.
"""

STILL_BELOW = 0.008
"""Frame widths per second below which an axis counts as still."""

_LESSER_SHARE = 0.3
_PRICE_OF_CHANGE = 7.0
_PRICE_PER_AXIS = 2.0
_UNKNOWN_PRICE = 1.0
_FAR = 8.0
_FAR_WEIGHT = 0.5
_FAR_LIMIT = 2.0
_NOMINAL_RATE = 24.0

Rates = NDArray[np.float64]


@dataclass(frozen=True)
class CameraMove:
    """``frames`` half-open, in the clip. ``kinds`` has the main move first; ``speed`` is its own, in frame widths per
    second.
    """

    frames: tuple[int, int]
    kinds: tuple[MoveKind, ...]
    speed: float


def axis_rates(motions: Sequence[PictureMotion | None], fps: Fraction) -> Rates:
    """``(N, 4) float64``, frame widths per second: right, down, zoom, clockwise; NaN where nothing was measured."""
    rate = float(fps)
    rows = [
        (m.right * rate, m.down * rate, 0.5 * m.zoom * rate, 0.5 * m.clockwise * rate) if m else (np.nan,) * 4
        for m in motions
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 4)


def camera_moves(
    motions: Sequence[PictureMotion | None], shot: tuple[int, int], fps: Fraction
) -> tuple[CameraMove, ...]:
    """The moves of one shot of ``n`` frames, from its ``n - 1`` motions: without gap or overlap, covering ``shot``."""
    start, end = shot
    if len(motions) != end - start - 1:
        raise ValueError(f"a shot of {end - start} frames has {end - start - 1} motions, got {len(motions)}")
    rates = axis_rates(motions, fps)
    if len(rates) == 0 or bool(np.isnan(rates).all()):
        return (CameraMove(shot, ("unknown",), 0.0),)
    path = _best_path(rates, fps)
    changes = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(path))), len(path)]
    moves = [
        _named(rates[a:b], _STATES[int(path[a])], (start + a, start + b if b < len(path) else end))
        for a, b in pairwise(changes)
    ]
    return _joined(moves)


def _all_states() -> tuple[tuple[int, int, int, int] | Literal["handheld", "unknown"], ...]:
    still = (0, 0, 0, 0)
    one_or_two: list[tuple[int, int, int, int]] = []
    for count in (1, 2):
        for axes in combinations(range(4), count):
            for signs in product((1, -1), repeat=count):
                state = list(still)
                for axis, sign in zip(axes, signs, strict=True):
                    state[axis] = sign
                one_or_two.append((state[0], state[1], state[2], state[3]))
    return (still, *one_or_two, "handheld", "unknown")


_STATES = _all_states()
_SIGNS = np.array([s for s in _STATES if not isinstance(s, str)])


def _prices() -> NDArray[np.float64]:
    signs = np.concatenate([_SIGNS, np.zeros((2, 4), dtype=_SIGNS.dtype)])
    differing = (signs[:, None, :] != signs[None, :, :]).sum(axis=2)
    prices = _PRICE_OF_CHANGE + _PRICE_PER_AXIS * differing
    np.fill_diagonal(prices, 0.0)
    return np.asarray(prices, dtype=np.float64)


_PRICES = _prices()


def _best_path(rates: Rates, fps: Fraction) -> NDArray[np.int64]:
    cost = _costs(rates, fps) * (_NOMINAL_RATE / float(fps))
    came_from = np.zeros(cost.shape, dtype=np.int64)
    total = cost[0]
    for i in range(1, len(cost)):
        ways = total[:, None] + _PRICES
        came_from[i] = ways.argmin(axis=0)
        total = ways.min(axis=0) + cost[i]
    path = np.empty(len(cost), dtype=np.int64)
    path[-1] = int(total.argmin())
    for i in range(len(cost) - 1, 0, -1):
        path[i - 1] = came_from[i, path[i]]
    return path


def _costs(rates: Rates, fps: Fraction) -> NDArray[np.float64]:
    """``(N, states)``: negative where a state fits the frame. A frame that was not measured speaks only for
    ``unknown``.
    """
    known: NDArray[np.bool_] = np.asarray(~np.isnan(rates).any(axis=1))
    calm = _calmed(rates, known)
    strength = np.abs(calm).max(axis=1, keepdims=True)
    threshold = np.maximum(STILL_BELOW, _LESSER_SHARE * strength)
    positive, negative = _evidence(calm, threshold), _evidence(-calm, threshold)
    by_axis = np.stack([np.maximum(positive, negative), -positive, -negative], axis=2)
    axis_cost = by_axis[:, np.arange(4)[None, :], _SIGNS % 3]
    cost = axis_cost.sum(axis=2)
    shaken = np.where(shaken_pairs(np.where(known[:, None], rates, 0.0), fps), -1.0, 1.0)
    handheld = cost.min(axis=1) + shaken
    cost[~known] = 0.0
    handheld[~known] = 0.0
    unknown = np.where(known, _UNKNOWN_PRICE, -_UNKNOWN_PRICE)
    return np.concatenate([cost, handheld[:, None], unknown[:, None]], axis=1)


def _evidence(rate: Rates, threshold: Rates) -> Rates:
    """From -1 to 1 around the threshold; far beyond it slowly more, so that a short whip pan outweighs two changes."""
    near = np.clip((rate - threshold) / threshold, -1.0, 1.0)
    far = _FAR_WEIGHT * np.log2(np.maximum(rate / (_FAR * STILL_BELOW), 1.0))
    return np.asarray(near + np.minimum(far, _FAR_LIMIT))


def _calmed(rates: Rates, known: NDArray[np.bool_]) -> Rates:
    """Single bad frames taken out, the rest evened over three; gaps bridged, so that they do not pull."""
    places = np.arange(len(rates))
    filled = np.stack([np.interp(places, places[known], rates[known, axis]) for axis in range(4)], axis=1)
    return np.asarray(uniform_filter1d(median_filter(filled, size=(3, 1), mode="nearest"), 3, axis=0, mode="nearest"))


def _named(
    rates: Rates, state: tuple[int, int, int, int] | Literal["handheld", "unknown"], frames: tuple[int, int]
) -> CameraMove:
    if state == "unknown":
        return CameraMove(frames, ("unknown",), 0.0)
    mean = np.nanmean(rates, axis=0) if not np.isnan(rates).all() else np.zeros(4)
    if state == "handheld" or not any(state):
        kinds: tuple[MoveKind, ...] = ("handheld",) if state == "handheld" else ("static",)
        return CameraMove(frames, kinds, float(np.abs(mean).max()))
    moving = sorted((axis for axis in range(4) if state[axis]), key=lambda axis: -abs(float(mean[axis])))
    kinds = tuple(_AXIS_KINDS[axis][0 if state[axis] > 0 else 1] for axis in moving)
    return CameraMove(frames, kinds, abs(float(mean[moving[0]])))


def _joined(moves: list[CameraMove]) -> tuple[CameraMove, ...]:
    """Neighbours of the same kinds are one move; its speed is their mean by length."""
    out: list[CameraMove] = []
    for move in moves:
        if out and set(out[-1].kinds) == set(move.kinds):
            last = out.pop()
            a, b = last.frames[1] - last.frames[0], move.frames[1] - move.frames[0]
            speed = (last.speed * a + move.speed * b) / (a + b)
            move = CameraMove((last.frames[0], move.frames[1]), last.kinds, speed)
        out.append(move)
    return tuple(out)
