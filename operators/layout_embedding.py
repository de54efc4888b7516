"""The default embedder, ``layout``: where which colours lie, and which way edges run. No model, no download.

It tells pictures of one place from those of another by colour layout and gradient directions. It knows nothing of
what is shown; the embedders that do are chosen by name.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

NAME = "layout"
COLOUR_ROWS, COLOUR_COLUMNS = 4, 6
EDGE_ROWS, EDGE_COLUMNS, DIRECTIONS = 3, 4, 6
COLOURS = COLOUR_ROWS * COLOUR_COLUMNS * 3
EDGES = EDGE_ROWS * EDGE_COLUMNS * DIRECTIONS
DIMENSIONS = COLOURS + EDGES

Frame = npt.NDArray[np.uint8]


def layout_embedding(frame: Frame) -> tuple[int, ...]:
    """``(H, W, 3) uint8 RGB`` -> 144 integers in 0..255: mean CIE L*a*b* (8-bit, as OpenCV scales it) on a 4x6 grid,
    then for each cell of a 3x4 grid the square root of its share of gradient strength in each of 6 directions."""
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)
    colours = cv2.resize(lab, (COLOUR_COLUMNS, COLOUR_ROWS), interpolation=cv2.INTER_AREA)
    light = lab[:, :, 0].astype(np.float32)
    along_y, along_x = np.gradient(light)
    strength = np.hypot(along_x, along_y)
    direction = np.floor((np.arctan2(along_y, along_x) % np.pi) / np.pi * DIRECTIONS).astype(np.int64) % DIRECTIONS
    rows = np.arange(light.shape[0]) * EDGE_ROWS // light.shape[0]
    columns = np.arange(light.shape[1]) * EDGE_COLUMNS // light.shape[1]
    cell = rows[:, None] * EDGE_COLUMNS + columns[None, :]
    tally = np.bincount((cell * DIRECTIONS + direction).ravel(), weights=strength.ravel(), minlength=EDGES)
    edges = np.rint(255 * np.sqrt(tally / (tally.sum() + light.size * 0.5)))
    return tuple(int(value) for value in (*colours.ravel(), *edges))


def layout_similarity(one: Sequence[int], other: Sequence[int]) -> float:
    """1 for equal embeddings, near 0 for unrelated pictures: the mean of how near the colours and how aligned the
    edges are.

    Raises ``ValueError`` for anything but 144 dimensions each.
    """
    if len(one) != DIMENSIONS or len(other) != DIMENSIONS:
        raise ValueError(f"expected two layout embeddings of {DIMENSIONS} dimensions, got {len(one)} and {len(other)}")
    left, right = np.asarray(one, np.float64), np.asarray(other, np.float64)
    distance = np.abs(left[:COLOURS] - right[:COLOURS]).reshape(-1, 3).sum(axis=1).mean()
    colours = float(np.exp(-distance / 30.0))
    return round(0.5 * colours + 0.5 * _cosine(left[COLOURS:], right[COLOURS:]), 6)


def _cosine(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """Two pictures without any edge are alike; one with and one without are not."""
    lengths = float(np.linalg.norm(left)), float(np.linalg.norm(right))
    if min(lengths) == 0:
        return float(lengths[0] == lengths[1])
    return float(left @ right) / (lengths[0] * lengths[1])
