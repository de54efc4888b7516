"""Blockiness: how much larger the steps across the borders of 8x8 blocks are than those inside.

After Wang, Sheikh and Bovik, "No-reference perceptual quality assessment of JPEG compressed images", ICIP 2002 (their
B over A). Codecs with a deblocking filter and films that were rescaled have none.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from operators.scores.picture_luma import Luma
from operators.scores.score import Score

BLOCK = 8
_FLOOR = 0.5
"""Added to both means, in levels: on a flat picture a rounding step is no block."""

BLOCKINESS = Score(
    name="blockiness",
    method="block-borders/1",
    unit="",
    low=0.0,
    high=None,
    rule="mean",
    source="after Wang, Sheikh and Bovik, ICIP 2002",
    meaning="mean step across borders of 8x8 blocks over the mean step inside, less one",
)


def blockiness(windows: Sequence[Luma]) -> float | None:
    """``windows``: ``(S, S)`` uint8, of one size, corners on the block grid. ``None`` without any."""
    if not windows:
        return None
    pictures = np.stack(windows)
    down = cv2.absdiff(pictures[:, 1:], pictures[:, :-1]).mean(axis=(0, 2))
    along = cv2.absdiff(pictures[:, :, 1:], pictures[:, :, :-1]).mean(axis=(0, 1))
    border = np.arange(1, len(down) + 1) % BLOCK == 0
    across = float(down[border].mean() + along[border].mean()) / 2
    inside = float(down[~border].mean() + along[~border].mean()) / 2
    return max(0.0, (across + _FLOOR) / (inside + _FLOOR) - 1.0)
