"""Values as the report's bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.report.model import Histogram, Limit

_BINS = 20


def histogram(
    title: str,
    unit: str,
    values: Sequence[float] | npt.NDArray[np.generic],
    limits: tuple[Limit, ...],
    whole: bool = False,
) -> Histogram | None:
    """Twenty bins over the values, or with ``whole`` one per integer; ``None`` without values."""
    values = np.asarray(values, np.float64)
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    if whole:
        edges = np.arange(np.floor(low) - 0.5, np.floor(high) + 1.0)
    else:
        edges = np.linspace(low, high if high > low else low + 1.0, _BINS + 1)
    counts, edges = np.histogram(values, bins=edges)
    return Histogram(title, unit, tuple(map(float, edges)), tuple(map(int, counts)), limits)
