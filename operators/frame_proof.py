"""Telling one frame from another after lossy encoding: luma averaged over cells, and a nearest test on what differs.

A clip frame is held against the source frame that the plan wants there and against others that it must not be. Only
*distinguishable* others count: those that differ from the wanted frame, in enough cells, by more than encoding can
hide. On exactly those cells the clip frame must be nearer to the wanted frame (sum of squared differences).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float32]

SIGNATURE_ROWS, SIGNATURE_COLUMNS = 9, 16
_MEASURED_CELLS = 25
"""Cells of 4x4 pixels to one of a signature: of a picture of 320x180."""


@dataclass(frozen=True)
class Threshold:
    """Two frames are distinguishable if at least ``cells`` cells, as a share of all, differ by ``levels`` or more."""

    levels: float
    share: float


SIGNATURE_THRESHOLD = Threshold(levels=2.5, share=1 / 144)
"""Which cells of two signatures tell them apart, whatever the encoder's quality; see ``signature_threshold``."""

OTHER_BORDER_THRESHOLD = Threshold(levels=32.0, share=1 / 16)
"""For the signatures of two borders of one clip: only plainly different pictures, at any encoder quality."""


def fine_threshold(crf: float) -> Threshold:
    """For 4x4-pixel cells: 0.9 of x264's quantiser step, below which it may drop a change, in one cell of 200.

    Measured on four films and four synthetic slow pans against neighbours up to three frames away, at crf 18, 24 and
    30: no right frame looked wrong (10,900 pairs, 2,900 of them at ends of shots). At crf 18 nine neighbours of ten
    differ by as much in the films; in a pan over soft texture, from a pixel per frame on.
    """
    return Threshold(levels=max(3.0, 0.9 * _quantiser_step(crf)), share=0.005)


def signature_threshold(crf: float, fine: Cells) -> Threshold:
    """For 16x9 signatures of pictures like ``fine``, whose cells average many pixels: one cell that differs is enough.

    On the same pairs no right frame looked wrong at crf 18 from 1 level on, at crf 28 from 3, at crf 38 from 6; the
    thresholds are 2.5, 4 and 13. Those pictures had 400 pixels a cell and more. Of smaller ones a cell averages out less of
    the coding's noise, which falls with the root of its area, and as much more must differ (in pictures of 96x96, 64 pixels
    a cell, it came to 2 levels at crf 18).
    """
    fewer = max(1.0, _MEASURED_CELLS / (fine.size / (SIGNATURE_ROWS * SIGNATURE_COLUMNS)))
    levels = max(SIGNATURE_THRESHOLD.levels, 0.25 * _quantiser_step(crf)) * fewer**0.5
    return Threshold(levels=levels, share=1 / (SIGNATURE_ROWS * SIGNATURE_COLUMNS))


def _quantiser_step(crf: float) -> float:
    """H.264's step at this quantiser (ITU-T H.264, 8.5.9): doubles every 6, 1 at 4."""
    return float(2 ** ((crf - 4) / 6))


def fine_cells(luma: NDArray[np.uint8]) -> Cells:
    """``(H, W)`` uint8 averaged over 4x4 pixels: ``(H // 4, W // 4)`` float32, exact.

    Fine enough for slow movement, coarse enough to average out coding noise and grain. Less than four pixels are
    repeated.
    """
    height, width = (side // 4 * 4 for side in (max(4, luma.shape[0]), max(4, luma.shape[1])))
    pixels = _at_least(luma, 4, 4)[:height, :width].astype(np.uint16)
    rows = pixels[0::4] + pixels[1::4] + pixels[2::4] + pixels[3::4]
    return np.asarray((rows[:, 0::4] + rows[:, 1::4] + rows[:, 2::4] + rows[:, 3::4]) / np.float32(16), np.float32)


def signature_means(fine: Cells) -> Cells:
    """``fine_cells`` averaged over a 9x16 grid that covers them: ``(9, 16)`` float32."""
    cells = _at_least(fine, SIGNATURE_ROWS, SIGNATURE_COLUMNS).astype(np.float64)
    tops = np.arange(SIGNATURE_ROWS + 1) * cells.shape[0] // SIGNATURE_ROWS
    lefts = np.arange(SIGNATURE_COLUMNS + 1) * cells.shape[1] // SIGNATURE_COLUMNS
    sums = np.add.reduceat(np.add.reduceat(cells, tops[:-1], axis=0), lefts[:-1], axis=1)
    return np.asarray(sums / np.outer(np.diff(tops), np.diff(lefts)), np.float32)


def _at_least(grid: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    tall = np.repeat(grid, -(-rows // grid.shape[0]), axis=0) if grid.shape[0] < rows else grid
    return np.repeat(tall, -(-columns // grid.shape[1]), axis=1) if grid.shape[1] < columns else tall


def signature(fine: Cells) -> str:
    """Hex of the 9x16 means as uint8 (row by row), as ``BorderFrame`` keeps them."""
    return np.rint(signature_means(fine)).astype(np.uint8).tobytes().hex()


def signature_cells(text: str) -> Cells:
    """The inverse of ``signature``: ``(9, 16)`` float32. Raises ``ValueError`` if ``text`` is not one."""
    values = np.frombuffer(bytes.fromhex(text), np.uint8)
    return values.reshape(SIGNATURE_ROWS, SIGNATURE_COLUMNS).astype(np.float32)


def differing(wanted: Cells, other: Cells, threshold: Threshold) -> NDArray[np.bool_] | None:
    """The cells that tell ``other`` from ``wanted``; ``None`` if the two are not distinguishable."""
    mask = np.abs(wanted - other) >= threshold.levels
    return mask if np.count_nonzero(mask) >= max(1.0, threshold.share * mask.size) else None


def is_nearer_to_other(found: Cells, wanted: Cells, other: Cells, threshold: Threshold) -> bool:
    """True if ``other`` is distinguishable from ``wanted`` and ``found`` is not nearer to ``wanted`` than to it."""
    mask = differing(wanted, other, threshold)
    if mask is None:
        return False
    return bool(np.sum((found - wanted)[mask] ** 2) >= np.sum((found - other)[mask] ** 2))
