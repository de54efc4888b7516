"""Exposure: how bright the picture is, how far its tones reach, and how much of it is clipped. Bars do not count."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from operators.scores.picture_luma import Luma
from operators.scores.score import Score

DARKEST, BRIGHTEST = 2, 253

_statistic = partial(Score, method="luma-statistics/1", low=0.0, rule="mean", source="ours")
_share = partial(_statistic, unit="share of the picture", high=1.0)

BRIGHTNESS = _statistic(
    name="brightness", unit="levels of 255", high=255.0, meaning="mean luma of the picture inside its bars"
)
CONTRAST = _statistic(
    name="contrast",
    unit="levels of 255",
    high=127.5,
    meaning="standard deviation of luma within a frame, inside its bars",
)
CLIPPED_DARK = _share(name="clipped_dark", meaning=f"pixels at level {DARKEST} or below, inside the bars")
CLIPPED_BRIGHT = _share(name="clipped_bright", meaning=f"pixels at level {BRIGHTEST} or above, inside the bars")


def exposure(picture: Luma) -> dict[str, float]:
    """``picture``: ``(H, W)`` uint8, full range, without bars; not empty."""
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(picture))
    return {
        BRIGHTNESS.name: mean,
        CONTRAST.name: deviation,
        CLIPPED_DARK.name: float(np.count_nonzero(picture <= DARKEST)) / picture.size,
        CLIPPED_BRIGHT.name: float(np.count_nonzero(picture >= BRIGHTEST)) / picture.size,
    }
