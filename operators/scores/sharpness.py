"""Sharpness: how much of the fine steps between neighbouring pixels a blur takes away. Little, where it was blurred before.

Crete, Dolmiere, Ladret and Nicolas, "The blur effect: perception and estimation with a new no-reference perceptual blur
metric", SPIE 6492 (2007): one minus their blur, which a picture's contrast does not change. Noise counts as detail.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.scores.picture_luma import Luma
from operators.scores.score import Score

KERNEL = 9
LEAST_STEP = 0.5
"""Mean step between neighbours, in levels, below which a window is flat and says nothing of sharpness."""
SHARP_QUANTILE = 0.75

SHARPNESS = Score(
    name="sharpness",
    method="blur-effect/1",
    unit="",
    low=0.0,
    high=1.0,
    rule="mean",
    source="Crete et al. 2007, SPIE 6492",
    meaning="one minus the blur effect, upper quartile of nine windows of the film's own pixels, so that a soft "
    "background does not count against a sharp subject",
)


def sharpness(windows: Sequence[Luma]) -> float | None:
    """``windows``: ``(S, S)`` uint8, of one size. ``None`` where all are flat."""
    if not windows:
        return None
    pictures = np.stack(windows)
    both = np.stack([_lost_along_rows(pictures), _lost_along_rows(pictures.swapaxes(1, 2))])
    known = ~np.isnan(both)
    if not known.any():
        return None
    worse = np.where(known, both, np.inf).min(axis=0)
    return float(np.quantile(worse[np.isfinite(worse)], SHARP_QUANTILE))


def _lost_along_rows(pictures: Luma) -> NDArray[np.float32]:
    """``(N, S, S)`` to ``(N,)``: the part of the steps along rows that a blur takes away; NaN where there are hardly any."""
    count, side, _ = pictures.shape
    rows = pictures.reshape(count * side, side).astype(np.float32)
    blurred = cv2.blur(rows, (KERNEL, 1))
    fine, left = cv2.absdiff(rows[:, 1:], rows[:, :-1]), cv2.absdiff(blurred[:, 1:], blurred[:, :-1])
    total = fine.reshape(count, -1).mean(axis=1)
    lost = np.maximum(fine - left, 0.0).reshape(count, -1).mean(axis=1)
    flat = total < LEAST_STEP
    return np.where(flat, np.nan, lost / np.where(flat, 1.0, total))
