"""Noise: standard deviation of what a Laplacian difference leaves of the picture.

Immerkaer, "Fast noise variance estimation", Computer Vision and Image Understanding 64 (1996). Texture raises it, so the
smoothest windows speak.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from operators.scores.picture_luma import Luma
from operators.scores.score import Score

SMOOTH_QUANTILE = 0.25
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)

NOISE = Score(
    name="noise",
    method="laplacian-noise/1",
    unit="levels of 255",
    low=0.0,
    high=None,
    rule="mean",
    source="Immerkaer 1996, CVIU 64",
    meaning="standard deviation of noise in luma, lower quartile of nine windows",
)


def noise(windows: Sequence[Luma]) -> float | None:
    """``windows``: ``(S, S)`` uint8, of one size. ``None`` without any."""
    if not windows:
        return None
    side = windows[0].shape[0]
    left = np.abs(cv2.filter2D(np.concatenate(windows), cv2.CV_16S, _MASK).reshape(len(windows), side, side))
    mean = left[:, 1:-1, 1:-1].mean(axis=(1, 2))
    return math.sqrt(math.pi / 2) / 6 * float(np.quantile(mean, SMOOTH_QUANTILE))
