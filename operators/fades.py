"""Fades: a hold of flat black or white, and the ramps of contrast that lead into it and out of it.

A cut to a black hold is a fade whose ramp has no frames. A ramp's end is where a least-squares hinge on the picture's
distance from the hold colour levels off: that distance falls in proportion as the picture is mixed with the colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from operators.runs import runs_of
from operators.transition_window import Floats, Window

BLACK_LUMA, BLACK_SPREAD = 12.0, 3.0
WHITE_LUMA, WHITE_SPREAD = 238.0, 5.0
ANY_SPREAD = 2.0
MARK_SHARE = 0.015
MARK_LUMA = 35.0
RAMP_SECONDS = 5.0
SETTLED_FRAMES = 7
HIDDEN_FRAMES = 24


@dataclass(frozen=True)
class Hold:
    """Frames ``[start, end)`` of one flat colour, and ``[first, last)`` with the ramps on either side. ``fit``:
    0..1."""

    first: int
    start: int
    end: int
    last: int
    fit: float


@dataclass(frozen=True)
class Ramp:
    """``frames`` that are still mixed, walking away from the hold; ``fit``: share of the variation that a ramp
    explains."""

    frames: int
    fit: float


def find_holds(window: Window, cuts: Sequence[int] = ()) -> list[Hold]:
    """Every run of frames that show nothing but black or white, with its ramps, in order. Runs may touch the window's
    ends.

    ``cuts``: boundaries that no ramp crosses, sorted; ``t`` lies between frames ``t - 1`` and ``t``.
    """
    held = [
        kept
        for start, end in runs_of(_flat(window))
        for kept in (_without_titles(window, start, end) if window.mean[start] < BLACK_LUMA else [(start, end)])
    ]
    walls = [0, *cuts, *(edge for run in held for edge in run), len(window)]
    return [_with_ramps(window, walls, start, end) for start, end in held]


def _without_titles(window: Window, start: int, end: int) -> list[tuple[int, int]]:
    """A lit mark is allowed if it stands through the whole run; one that comes or goes is a title, and those frames a
    shot."""
    bare = window.luma[start:end].max(axis=1) < MARK_LUMA
    if bare.all() or not bare.any():
        return [(start, end)]
    return [(start + first, start + last) for first, last in runs_of(bare)]


def _flat(window: Window) -> npt.NDArray[np.bool_]:
    """Black may carry a small burnt-in mark; white may have bars around it, so only the middle of the picture is asked.

    Any other colour must be as flat as nothing filmed is.
    """
    allowed = int(window.luma.shape[1] * MARK_SHARE)
    darkest = np.partition(window.luma, window.luma.shape[1] - 1 - allowed, axis=1)[:, : window.luma.shape[1] - allowed]
    black = (darkest.mean(axis=1) < BLACK_LUMA) & (darkest.std(axis=1) < BLACK_SPREAD)
    middle = window.middle.mean(axis=2)
    bright = middle.mean(axis=1) > WHITE_LUMA
    white = middle.std(axis=1) < np.where(bright, WHITE_SPREAD, ANY_SPREAD)
    lively = _largest_near(window.spread, round(window.fps))
    washed = white & (bright | (middle.std(axis=1) < 0.1 * lively)) & (window.mean > BLACK_LUMA)
    return cast("npt.NDArray[np.bool_]", (black & (darkest.std(axis=1) < 0.3 * lively + 0.5)) | washed)


def _with_ramps(window: Window, walls: Sequence[int], start: int, end: int) -> Hold:
    pixels = window.pixels if window.mean[start:end].mean() < 128 else window.middle
    calmest = start + int(np.argmin(pixels[start:end].std(axis=(1, 2))))
    reach = max(4, round(RAMP_SECONDS * window.fps))
    colour = pixels[calmest]
    low = max(start - reach, *(wall for wall in walls if wall < start - 1 or wall == 0))
    high = min(end + reach, *(wall for wall in walls if wall > end + 1 or wall == len(window)))
    before, after = _distance(pixels[low : calmest + 1], colour)[::-1], _distance(pixels[calmest:high], colour)
    into, out = fit_ramp(before, calmest - start + 1), fit_ramp(after, end - calmest)
    return Hold(start - into.frames, start, end, end + out.frames, min(into.fit, out.fit))


def _distance(pixels: Floats, colour: Floats) -> Floats:
    return cast(Floats, np.sqrt(np.square(pixels - colour).mean(axis=(1, 2))))


def fit_ramp(distance: Floats, held: int) -> Ramp:
    """Fits ``level * shape((k - t0) / (t1 - t0))`` to ``(K,)`` distances from the hold colour, walking away from the
    hold.

    The first ``held`` values lie inside the hold, where a ramp may already have begun. Frames before ``t1`` are mixed.
    """
    rough = _walk(distance, held)
    used = distance[: rough + SETTLED_FRAMES + (rough - held) // 4]
    if len(used) <= held:
        return Ramp(0, 1.0)
    begin = np.arange(max(-1, held - 1 - HIDDEN_FRAMES), held)[:, None, None]
    end = np.arange(held, min(len(used), rough + (rough - held) // 4 + 4) + 1)[None, :, None]
    share = np.clip((np.arange(len(used)) - begin) / (end - begin), 0.0, 1.0)
    best, best_end = np.inf, held
    for shape in (share, share * share * (3 - 2 * share)):
        level = (shape @ used) / np.maximum(np.square(shape).sum(axis=2), 1e-6)
        error = np.square(used - level[:, :, None] * shape).sum(axis=2)
        at = np.unravel_index(int(np.argmin(error)), error.shape)
        if error[at] < best:
            best, best_end = float(error[at]), int(end[0, at[1], 0])
    variation = float(np.square(used - used.mean()).sum()) + 1e-6
    return Ramp(best_end - held, float(np.clip(1.0 - best / variation, 0.0, 1.0)))


def _walk(distance: Floats, held: int) -> int:
    """Index of the first frame that no longer rises at a quarter of the mean rate so far."""
    at = held
    base = max(0, held - 1)
    while at + 1 < len(distance):
        ahead = min(at + 3, len(distance) - 1)
        slope = (distance[ahead] - distance[at]) / (ahead - at)
        if slope < 0.25 * (distance[at] - distance[base]) / max(1, at - base) or slope < 0.02:
            break
        at += 1
    return at


def _largest_near(values: Floats, reach: int) -> Floats:
    padded = np.pad(values, reach, mode="edge")
    return cast(Floats, np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1))
