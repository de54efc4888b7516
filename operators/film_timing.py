"""Is a film's frame rate constant, and which is it? Decided on the decoded timestamps, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from formats.exact_time import format_rational
from formats.film_scan import FilmTiming
from operators.film_error import FilmError

_NTSC_RATES = [Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120, 15, 12)]
_WHOLE_RATES = [Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 100, 120, 240, 15, 12, 10, 8, 6, 5, 4, 3, 2, 1)]

STANDARD_RATES: Final = (*_WHOLE_RATES, *_NTSC_RATES, Fraction(25, 2))
"""Frames per second that films are made at."""


def film_timing(pts: NDArray[np.int64], last_duration: int, time_base: Fraction) -> FilmTiming:
    """Timing from all frames' timestamps.

    ``pts``: ``(N,)`` int64, strictly increasing, in ticks of ``time_base`` seconds. ``last_duration``: how long the
    last frame is shown, in ticks; 0 or less if unknown, and then the median delta stands in.

    The rate is constant when a nominal rate exists (a standard one, or exactly the median delta) from which every delta
    differs by at most one tick, and no frame lies half a frame or more from its place at that rate. Where several rates
    fit, the one whose frames stay closest to their places wins, a standard one before others. Otherwise the film has a
    variable rate, and ``fps`` is its nominal rate: the mean of the deltas within a tick of the median, snapped to a
    standard rate within a tick or 2 %.

    Raises ``FilmError``: no_frames; no_timestamps if ``pts`` does not increase.
    """
    ticks = [int(value) for value in pts]
    if not ticks:
        raise FilmError("no_frames", "Not one frame could be decoded.")
    deltas = [after - before for before, after in pairwise(ticks)]
    if any(delta <= 0 for delta in deltas):
        raise FilmError("no_timestamps", "The frames' timestamps do not increase.")
    shown = last_duration if last_duration > 0 else _median(deltas, fallback=max(1, int(1 / time_base)))
    typical = _median(deltas, fallback=shown)
    constant = _constant_rate(ticks, deltas, typical, time_base)
    return FilmTiming(
        frames=len(ticks),
        fps=format_rational(constant or _nominal_rate(deltas, typical, time_base)),
        vfr=constant is None,
        first_pts=ticks[0],
        end_pts=ticks[-1] + shown,
    )


def frame_ticks(rate: Fraction, time_base: Fraction) -> Fraction:
    """How many ticks of ``time_base`` one frame lasts at ``rate``."""
    return 1 / (rate * time_base)


def _constant_rate(ticks: Sequence[int], deltas: Sequence[int], typical: int, time_base: Fraction) -> Fraction | None:
    exact = 1 / (typical * time_base)
    shortest, longest = min(deltas, default=typical), max(deltas, default=typical)
    fitting: list[tuple[bool, Fraction, int, Fraction]] = []
    for order, rate in enumerate((*STANDARD_RATES, exact)):
        ideal = frame_ticks(rate, time_base)
        if not (_within_a_tick(shortest, ideal) and _within_a_tick(longest, ideal)):
            continue
        drift = _largest_drift(ticks, ideal)
        if 2 * drift < ideal:
            fitting.append((drift > 1, max(drift, Fraction(1)), order, rate))
    return min(fitting)[3] if fitting else None


def _within_a_tick(delta: int, ideal: Fraction) -> bool:
    """Where a frame lasts only a few ticks, a whole tick is no rounding error: there it must be less than one."""
    error = abs(delta - ideal)
    return error < 1 or (error == 1 and ideal >= 8)


def _largest_drift(ticks: Sequence[int], ideal: Fraction) -> Fraction:
    """How far, in ticks, any frame lies from its place when the first one lies exactly on its own."""
    step, unit, first = ideal.numerator, ideal.denominator, ticks[0]
    return Fraction(max(abs((tick - first) * unit - k * step) for k, tick in enumerate(ticks)), unit)


def _nominal_rate(deltas: Sequence[int], typical: int, time_base: Fraction) -> Fraction:
    """Rounded to milliseconds, 24 frames a second last 41 or 42: the mean tells them from 24000/1001."""
    usual = [delta for delta in deltas if delta == typical or (typical >= 8 and abs(delta - typical) == 1)]
    mean = Fraction(sum(usual), len(usual))
    near = min(STANDARD_RATES, key=lambda rate: abs(frame_ticks(rate, time_base) - mean))
    error = abs(frame_ticks(near, time_base) - mean)
    return near if error <= 1 or error * 50 <= mean else 1 / (typical * time_base)


def _median(values: Sequence[int], fallback: int) -> int:
    """The lower median, so that it is one of the values."""
    return sorted(values)[(len(values) - 1) // 2] if values else fallback
