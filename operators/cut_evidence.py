"""What pictures say about a hard cut at each boundary between frames.

It is deaf to flashes (the frames before and after one are compared past it) and to steady fast motion (the difference
is set against its neighbours).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from operators.transition_window import Floats, Window

FLASH_FRAMES = 4
NEIGHBOURS = 6
HISTOGRAM_BINS = 16


@dataclass(frozen=True)
class CutEvidence:
    """``(N,)`` each; index ``t`` is the boundary between frames ``t - 1`` and ``t`` (0 at ``t = 0``).

    ``difference``: mean absolute RGB difference. ``lasting``: the same, smallest over pairs that reach past a flash
    of up to four frames. ``change``: one minus luma correlation, smallest over the same pairs. ``ratio``: difference
    over the neighbours' median. ``peak``: difference over the neighbours' largest. ``histogram``: L1 distance of
    colour histograms, 0..1.
    """

    difference: Floats
    lasting: Floats
    change: Floats
    ratio: Floats
    peak: Floats
    histogram: Floats


def cut_evidence(window: Window) -> CutEvidence:
    """Everything that pictures say about a cut at each boundary of the window."""
    pairs = [(1, after) for after in range(FLASH_FRAMES + 1)] + [(before, 0) for before in range(2, FLASH_FRAMES + 2)]
    flat = window.coarse.reshape(len(window), -1)
    luma = _standardised(window)
    lasting = np.full(len(window), np.inf, np.float32)
    change = np.full(len(window), np.inf, np.float32)
    for before, after in pairs:
        distance, correlation = _between(flat, luma, before, after)
        lasting, change = np.minimum(lasting, distance), np.minimum(change, 1 - correlation)
    difference = np.zeros(len(window), np.float32)
    difference[1:] = np.abs(np.diff(window.pixels, axis=0)).mean(axis=(1, 2))
    median, largest = _neighbours(difference)
    lasting[0] = change[0] = 0.0
    return CutEvidence(
        difference,
        lasting,
        change,
        cast(Floats, difference / (median + 0.5)),
        cast(Floats, difference / (largest + 0.5)),
        _histogram_distance(window),
    )


def _standardised(window: Window) -> Floats:
    centred = window.luma - window.mean[:, None]
    return cast(Floats, centred / (np.sqrt(np.square(centred).mean(axis=1, keepdims=True)) + 1.0))


def _between(flat: Floats, luma: Floats, before: int, after: int) -> tuple[Floats, Floats]:
    """Distance and correlation of frames ``t - before`` and ``t + after``, for every ``t``; pairs past the ends are
    far apart."""
    count = len(flat)
    distance, correlation = np.full(count, np.inf, np.float32), np.full(count, -1.0, np.float32)
    if count > before + after:
        inside = slice(before, count - after)
        one, other = slice(0, count - before - after), slice(before + after, count)
        distance[inside] = np.abs(flat[one] - flat[other]).mean(axis=1)
        correlation[inside] = (luma[one] * luma[other]).mean(axis=1)
    return distance, correlation


def _neighbours(difference: Floats) -> tuple[Floats, Floats]:
    padded = np.pad(difference, NEIGHBOURS, mode="reflect" if len(difference) > NEIGHBOURS else "edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1)
    others = np.delete(around, NEIGHBOURS, axis=1)
    return cast(Floats, np.median(others, axis=1)), cast(Floats, others[:, 3:-3].max(axis=1))


def _histogram_distance(window: Window) -> Floats:
    bins = (window.pixels * (HISTOGRAM_BINS / 256.0)).astype(np.int64)
    count, pixels, _ = bins.shape
    slots = bins + np.arange(3) * HISTOGRAM_BINS + np.arange(count)[:, None, None] * 3 * HISTOGRAM_BINS
    tally = np.bincount(slots.ravel(), minlength=count * 3 * HISTOGRAM_BINS).reshape(count, -1)
    distance = np.zeros(count, np.float32)
    distance[1:] = np.abs(np.diff(tally, axis=0)).sum(axis=1) / (6.0 * pixels)
    return distance
