"""From the motion of the picture, frame by frame, to what the camera did over which frames.

Every axis is put in one unit: how far a point at the side of the frame moves, in frame widths per second. The best
sequence of moves is then found over the whole shot at once (Viterbi): each look votes for the moves that fit it, and
every change of mind has a price, which gives both hysteresis and a least length, without shifting borders as smoothing
would. Looks may be a few frames apart; borders are then placed between them by the speeds on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter1d

from captioning.background_track import BackgroundMotion
from captioning.shake import shaken_pairs

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

MOVES_FROM = 0.012
"""From this on a move that eases in has begun."""

_LESSER_SHARE = 0.3
_PRICE_OF_CHANGE = 7.0
_PRICE_PER_AXIS = 2.0
_UNKNOWN_PRICE = 1.0
_FAR = 8.0
_FAR_WEIGHT = 0.5
_FAR_LIMIT = 2.0
_NOMINAL_RATE = 24.0
_NEARLY = 1.0
_REACH = 6
_EASED_LOOKS = 3

Rates = NDArray[np.float64]
State = tuple[int, int, int, int] | Literal["handheld", "unknown"]


@dataclass(frozen=True)
class CameraMove:
    """``frames`` half-open, in the clip. ``kinds`` has the main move first; ``speed`` is its own, in frame widths per
    second. ``confidence``, 0 to 1: how much of the picture agreed on its motion, times the share of looks that say the same
    move by themselves; 0 of ``unknown``.
    """

    frames: tuple[int, int]
    kinds: tuple[MoveKind, ...]
    speed: float
    confidence: float = 0.0


LOOKS = 1


def axis_rates(motions: Sequence[BackgroundMotion | None], fps: Fraction) -> Rates:
    """``(N, 4) float64``, frame widths per second: right, down, zoom, clockwise; NaN where nothing was measured."""
    rate = float(fps)
    rows = [
        (m.right * rate, m.down * rate, 0.5 * m.zoom * rate, 0.5 * m.clockwise * rate) if m else (np.nan,) * 4
        for m in motions
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 4)


def camera_moves(
    motions: Sequence[BackgroundMotion | None], shot: tuple[int, int], fps: Fraction, every: int = 1
) -> tuple[CameraMove, ...]:
    """The moves of one shot: without gap or overlap, covering ``shot``. It was looked at every ``every`` frames from its
    first one on; ``motions`` are those from each look to the next.
    """
    start, end = shot
    looks = (end - start - 1) // every
    if len(motions) != looks:
        raise ValueError(f"a shot of {end - start} frames has {looks} motions, got {len(motions)}")
    rates = axis_rates(motions, fps / every)
    if len(rates) == 0 or bool(np.isnan(rates).all()):
        return (CameraMove(shot, ("unknown",), 0.0),)
    cost = _costs(rates, fps / every, _typical_error(motions))
    path = _best_path(cost * (_NOMINAL_RATE / float(fps / every)))
    changes = [0, *(int(i) + 1 for i in np.flatnonzero(np.diff(path))), len(path)]
    borders = _frame_borders(rates, [_STATES[int(path[a])] for a in changes[:-1]], changes, every)
    sure = _sureness(motions, cost, path)
    moves = [
        _named(rates[a:b], _STATES[int(path[a])], (start + first, start + last if b < len(path) else end))
        for (a, b), (first, last) in zip(pairwise(changes), pairwise(borders), strict=True)
    ]
    confident = [
        move if move.kinds == ("unknown",) else replace(move, confidence=float(sure[a:b].mean()))
        for move, (a, b) in zip(moves, pairwise(changes), strict=True)
    ]
    return _joined(confident)


def _typical_error(motions: Sequence[BackgroundMotion | None]) -> float:
    return float(np.median([motion.error for motion in motions if motion is not None]))


def _sureness(
    motions: Sequence[BackgroundMotion | None], cost: NDArray[np.float64], path: NDArray[np.int64]
) -> NDArray[np.float64]:
    """``(N,)``: the share of votes that agreed, where the look by itself speaks for its move or nearly so; else 0."""
    own = cost[np.arange(len(path)), path]
    fits = own <= cost.min(axis=1) + _NEARLY
    return np.where(fits, [motion.agreement if motion else 0.0 for motion in motions], 0.0)


def _frame_borders(rates: Rates, states: Sequence[State], changes: list[int], every: int) -> list[int]:
    """Frames, from the shot's first one, at which moves begin and the last one ends.

    Between two moves of known speeds the speed of each look says how much of it already belonged to the second: the border
    stands so that the areas are equal. Not so beside handheld and unknown, which have no speed of their own.
    """
    borders = [changes[0] * every]
    for place, (before, after) in enumerate(pairwise(states), start=1):
        at = changes[place]
        exact = float(at)
        if not isinstance(before, str) and not isinstance(after, str):
            exact = _exact_place(rates, at, max(changes[place - 1], at - _REACH), min(changes[place + 1], at + _REACH))
        borders.append(max(borders[-1] + 1, round(exact * every)))
    borders.append(max(borders[-1] + 1, changes[-1] * every))
    return borders


def _exact_place(rates: Rates, at: int, first: int, last: int) -> float:
    """Where, in looks, the speed steps from its level before to that after, on the axis that changes most; where it eases out of
    stillness or into it, where it moves visibly."""
    near = rates[first:last]
    level = max(1, (at - first) // 2), max(1, (last - at) // 2)
    before, after = _level(near[: level[0]]), _level(near[-level[1] :])
    axis = int(np.argmax(np.abs(after - before)))
    step = float(after[axis] - before[axis])
    if not abs(step) > STILL_BELOW:
        return float(at)
    speed = near[:, axis]
    share = np.clip((speed - before[axis]) / step, 0.0, 1.0)
    if int(((share > 0.1) & (share < 0.9)).sum()) >= _EASED_LOOKS:
        still_before, still_after = abs(before[axis]) < STILL_BELOW, abs(after[axis]) < STILL_BELOW
        moving = np.flatnonzero(np.abs(speed) >= MOVES_FROM)
        if len(moving) and still_before != still_after:
            return float(first + (moving[0] if still_before else moving[-1] + 1))
    return first + float(np.nansum(1.0 - share)) + 0.5 * float(np.isnan(share).sum())


def _level(rates: Rates) -> NDArray[np.float64]:
    """Medians, 0 where nothing is known."""
    known = rates[~np.isnan(rates).any(axis=1)]
    return np.asarray(np.median(known, axis=0), np.float64) if len(known) else np.zeros(4)


def _all_states() -> tuple[State, ...]:
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


def _best_path(cost: NDArray[np.float64]) -> NDArray[np.int64]:
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


def _costs(rates: Rates, fps: Fraction, error: float) -> NDArray[np.float64]:
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
    shaken = np.where(shaken_pairs(np.where(known[:, None], rates, 0.0), float(fps), error), -1.0, 1.0)
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


def _named(rates: Rates, state: State, frames: tuple[int, int]) -> CameraMove:
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
            speed, confidence = (
                (one * a + other * b) / (a + b)
                for one, other in ((last.speed, move.speed), (last.confidence, move.confidence))
            )
            move = CameraMove((last.frames[0], move.frames[1]), last.kinds, speed, confidence)
        out.append(move)
    return tuple(out)
