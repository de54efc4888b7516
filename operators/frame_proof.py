"""Telling one frame from another after lossy encoding: luma averaged over cells, and a nearest test on what differs.

A clip frame is held against the source frame that the plan wants there and against others that it must not be. Only
*distinguishable* others count: those that differ from the wanted frame, in enough cells, by more than encoding can
hide. On exactly those cells the clip frame must be nearer to the wanted frame (sum of squared differences).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.float32]

SIGNATURE_ROWS, SIGNATURE_COLUMNS = 9, 16
_FINE_CELL_PIXELS = 4


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


def signature_threshold(crf: float) -> Threshold:
    """For 16x9 signatures, whose cells average many pixels: one cell that differs is enough.

    On the same pairs no right frame looked wrong at crf 18 from 1 level on, at crf 28 from 3, at crf 38 from 6; the
    thresholds are 2.5, 4 and 13.
    """
    return Threshold(levels=max(SIGNATURE_THRESHOLD.levels, 0.25 * _quantiser_step(crf)), share=1 / 144)


def _quantiser_step(crf: float) -> float:
    """H.264's step at this quantiser (ITU-T H.264, 8.5.9): doubles every 6, 1 at 4."""
    return float(2 ** ((crf - 4) / 6))


def cell_means(luma: NDArray[np.uint8], rows: int, columns: int) -> Cells:
    """``(H, W)`` uint8 averaged over a grid of cells that covers it: ``(rows, columns)`` float32."""
    tall = np.repeat(luma, -(-rows // luma.shape[0]), axis=0)
    full = np.repeat(tall, -(-columns // luma.shape[1]), axis=1)
    tops = np.arange(rows + 1) * full.shape[0] // rows
    lefts = np.arange(columns + 1) * full.shape[1] // columns
    sums = np.add.reduceat(np.add.reduceat(full, tops[:-1], axis=0, dtype=np.uint32), lefts[:-1], axis=1)
    areas = np.outer(np.diff(tops), np.diff(lefts))
    return np.asarray(sums / areas, dtype=np.float32)


def fine_cells(luma: NDArray[np.uint8]) -> Cells:
    """Averages over 4x4 pixels: fine enough for slow movement, coarse enough to average out coding noise and grain."""
    height, width = luma.shape
    return cell_means(luma, max(1, height // _FINE_CELL_PIXELS), max(1, width // _FINE_CELL_PIXELS))


def signature(luma: NDArray[np.uint8]) -> str:
    """Hex of the 9x16 uint8 cell means (row by row), as ``BorderFrame`` keeps them."""
    return np.rint(cell_means(luma, SIGNATURE_ROWS, SIGNATURE_COLUMNS)).astype(np.uint8).tobytes().hex()


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
