"""The default embedder, ``layout``: where which colours lie, and which way edges run. No model, no download.

It tells pictures of one place from those of another by colours, their layout and gradient directions. It knows nothing of
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

PALETTE_SCALE, PLACE_SCALE = 20.0, 30.0
"""8-bit L*a*b* distances (Euclidean, and summed over channels) at which likeness falls to 1/e."""

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
    """1 for equal embeddings, near 0 for unrelated pictures: 0.7 for which colours there are wherever they lie, 0.15 for how
    near the colours of each place are, 0.15 for how aligned the edges are.

    Another framing of one scene moves everything and keeps most colours, hence the weights; the rest tells a moved picture
    from the same one. Raises ``ValueError`` for anything but 144 dimensions each.
    """
    if len(one) != DIMENSIONS or len(other) != DIMENSIONS:
        raise ValueError(f"expected two layout embeddings of {DIMENSIONS} dimensions, got {len(one)} and {len(other)}")
    left, right = np.asarray(one, np.float64), np.asarray(other, np.float64)
    here, there = left[:COLOURS].reshape(-1, 3), right[:COLOURS].reshape(-1, 3)
    palette = np.exp(-_palette_distance(here, there) / PALETTE_SCALE)
    places = np.exp(-np.abs(here - there).sum(axis=1).mean() / PLACE_SCALE)
    return round(float(0.7 * palette + 0.15 * places) + 0.15 * _cosine(left[COLOURS:], right[COLOURS:]), 6)


def _palette_distance(here: npt.NDArray[np.float64], there: npt.NDArray[np.float64]) -> float:
    """Chamfer distance of two sets of colours, ``(24, 3)`` L*a*b* each: how far each is from its nearest in the other set, on
    average, both ways."""
    apart = np.linalg.norm(here[:, None] - there[None], axis=2)
    return float(apart.min(axis=1).mean() + apart.min(axis=0).mean()) / 2


def _cosine(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """Two pictures without any edge are alike; one with and one without are not."""
    lengths = float(np.linalg.norm(left)), float(np.linalg.norm(right))
    if min(lengths) == 0:
        return float(lengths[0] == lengths[1])
    return float(left @ right) / (lengths[0] * lengths[1])
