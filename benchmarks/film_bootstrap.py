"""How far a figure would move with other films: bootstrap over films (Efron 1979), percentile intervals, seeded.

Films, not transitions, are drawn: transitions of one film share its grain, light and pace, so they are no independent
evidence.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

DRAWS = 2000
SEED = 7
LEVEL = 0.95

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]


def interval(counts: Floats, figure: Callable[[Floats], Floats], seed: int = SEED) -> Interval:
    """The middle 95 % of ``figure`` over films drawn again, with replacement, as many as there are.

    ``counts``: ``(films, columns)``, what each film adds. ``figure``: ``(draws, columns)`` sums to ``(draws,)``. Draws for
    which the figure is undefined are left out; (nan, nan) if it always is. The same number of films and the same seed
    draw the same films, so that detectors are compared on the same draws.
    """
    films = len(counts)
    if not films:
        return float("nan"), float("nan")
    draws = np.random.default_rng(seed).multinomial(films, np.full(films, 1 / films), size=DRAWS)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = figure(draws @ counts)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def share(sums: Floats) -> Floats:
    """First column over second."""
    return np.asarray(sums[:, 0] / sums[:, 1])


def f1(sums: Floats) -> Floats:
    """Of the columns matched, true, right, found: the harmonic mean of matched / true and right / found; 0 if nothing
    matches."""
    recall, precision = sums[:, 0] / sums[:, 1], sums[:, 2] / sums[:, 3]
    both = recall + precision
    unmatched = (sums[:, 0] == 0) & (sums[:, 2] == 0) & (sums[:, 1] + sums[:, 3] > 0)
    return np.where(unmatched, 0.0, 2 * recall * precision / both)
