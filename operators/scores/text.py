"""Overlaid text, by a rule of thumb: bright letters of one brightness, in rows, that stay in their place.

Candidates are thin bright pixels (what an opening takes away: top-hat) that are as bright a moment later. Connected, they are
letters if they have a letter's size; letters of one height on one line, near each other, are a row; a row counts if it is
long enough and of one brightness. No network and no alphabet. Dark words are not looked for, and a bright sign before a still
camera counts too. What it finds and misses on films with known titles is in the test of this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.scores.picture_luma import Luma
from operators.scores.score import Score

TEXT_AREA = Score(
    name="text_area",
    method="letter-rows-heuristic/1",
    unit="share of the picture",
    low=0.0,
    high=1.0,
    rule="max",
    source="ours",
    meaning="boxes around rows of bright letters that stay in their place, the mean over a fragment's looks: overlaid words; "
    "bright signs before a still camera count too, dark words do not",
    heuristic=True,
)

STROKE: Final = 0.05
"""Of the picture's height: strokes are thinner."""
LEAST_CONTRAST: Final = 60
LEAST_BRIGHTNESS: Final = 160
STAYS: Final = 20
"""Levels by which a letter's pixel may change from one look to the next."""
LOWEST, HIGHEST = 0.018, 0.16
"""A letter's height, of the picture's."""
WIDEST: Final = 4.0
FILL = (0.12, 0.95)
FEWEST_LETTERS: Final = 5
MOST_LETTERS: Final = 400
LONGEST_GAP: Final = 1.2
OFF_LINE: Final = 0.3
"""In letter heights."""
HEIGHT_RATIO: Final = 1.8
MOST_SPREAD: Final = 32.0
"""Standard deviation of the letters' brightness."""
LEAST_LENGTH: Final = 2.5


@dataclass(frozen=True)
class _Letters:
    """``(N,)`` each, from left to right."""

    left: NDArray[np.int64]
    top: NDArray[np.int64]
    right: NDArray[np.int64]
    bottom: NDArray[np.int64]
    label: NDArray[np.int64]


def text_area(before: Luma, after: Luma) -> float:
    """``(H, W)`` uint8 each, the same size, a moment apart."""
    rows = text_rows(before, after)
    return min(1.0, sum((right - left) * (bottom - top) for left, top, right, bottom in rows) / before.size)


def text_rows(before: Luma, after: Luma) -> list[tuple[int, int, int, int]]:
    """Boxes ``(left, top, right, bottom)`` of rows of words."""
    side = max(3, round(STROKE * before.shape[0]))
    thin = cv2.morphologyEx(before, cv2.MORPH_TOPHAT, np.ones((side, side), np.uint8)) >= LEAST_CONTRAST
    strokes = thin & (before >= LEAST_BRIGHTNESS) & (cv2.absdiff(before, after) <= STAYS)
    count, labels, facts, _ = cv2.connectedComponentsWithStats(strokes.astype(np.uint8), connectivity=8)
    letters = _letters(facts[1:count], before.shape[0])
    if len(letters.left) > MOST_LETTERS:
        return []
    rows = []
    for row in _rows(letters):
        left, top = int(letters.left[row].min()), int(letters.top[row].min())
        right, bottom = int(letters.right[row].max()), int(letters.bottom[row].max())
        own = np.isin(labels[top:bottom, left:right], letters.label[row])
        spread = float(before[top:bottom, left:right][own].std())
        if right - left >= LEAST_LENGTH * (bottom - top) and spread <= MOST_SPREAD:
            rows.append((left, top, right, bottom))
    return rows


def _letters(facts: NDArray[Any], height: int) -> _Letters:
    left, top, wide, high, area = facts.astype(np.int64).T if len(facts) else np.zeros((5, 0), np.int64)
    fill = area / np.maximum(1, wide * high)
    kept = (high >= LOWEST * height) & (high <= HIGHEST * height) & (wide <= WIDEST * high)
    kept &= (fill >= FILL[0]) & (fill <= FILL[1])
    places = np.flatnonzero(kept)
    places = places[np.argsort(left[places], kind="stable")]
    return _Letters(left[places], top[places], (left + wide)[places], (top + high)[places], places + 1)


def _rows(letters: _Letters) -> list[NDArray[np.int64]]:
    """Chains from left to right: each letter goes to the first row whose last one it continues."""
    follows = _follows(letters).tolist()
    rows: list[list[int]] = []
    for number in range(len(follows)):
        row = next((row for row in rows if follows[row[-1]][number]), None)
        if row is None:
            rows.append([number])
        else:
            row.append(number)
    return [np.array(row) for row in rows if len(row) >= FEWEST_LETTERS]


def _follows(letters: _Letters) -> NDArray[np.bool_]:
    """``(N, N)``: whether the second letter may stand next to the first in a row."""
    heights = letters.bottom - letters.top
    higher, lower = np.maximum.outer(heights, heights), np.minimum.outer(heights, heights)
    off_line = np.abs(np.subtract.outer(letters.bottom, letters.bottom))
    gap = letters.left[None, :] - letters.right[:, None]
    near = (off_line <= OFF_LINE * higher) & (gap <= LONGEST_GAP * higher)
    return np.asarray(near & (higher <= HEIGHT_RATIO * lower))
