"""What is measured of a fragment: simple statistics, each named for what it is.

``frame_difference``: mean absolute RGB difference of neighbouring 48x27 frames, 0..255; camera and objects alike.
``brightness``: mean luma, 0..255. ``contrast``: standard deviation of luma within a frame, averaged, 0..255.
``sharpness``: variance of the Laplacian of luma at tile size, averaged over sampled frames; comparable within one
tile size.
``black_bars``: share of the picture's area in bars that are black in every sampled frame, 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from formats.exact_time import FrameRange
from operators.signals import FULL_SCALE, Signals, from_byte

BLACK = 20


@dataclass(frozen=True)
class SampledFrame:
    """A frame looked at more closely: ``sharpness``, and the edges ``(top, bottom, left, right)`` of what is not black,
    as shares of height and width."""

    index: int
    sharpness: float
    picture: tuple[float, float, float, float]


def sample_frame(index: int, frame: npt.NDArray[np.uint8]) -> SampledFrame:
    """``frame``: ``(H, W, 3) uint8 RGB`` at tile size."""
    luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    height, width = luma.shape
    rows, columns = np.flatnonzero(luma.max(axis=1) > BLACK), np.flatnonzero(luma.max(axis=0) > BLACK)
    picture = (1.0, 0.0, 1.0, 0.0)
    if len(rows) and len(columns):
        picture = rows[0] / height, (rows[-1] + 1) / height, columns[0] / width, (columns[-1] + 1) / width
    sharpness = float(cv2.Laplacian(luma, cv2.CV_64F).var())
    return SampledFrame(index, sharpness, tuple(float(edge) for edge in picture))  # type: ignore[arg-type]


def fragment_scores(frames: FrameRange, signals: Signals, samples: Sequence[SampledFrame]) -> dict[str, float]:
    """Scores of fragment ``frames``. ``samples``: those that lie in it; without any, what needs them is left out."""
    start, end = frames
    if end <= start:
        return {}
    inside = slice(start, end)
    scores = {
        "brightness": float(from_byte(signals.luma[inside], FULL_SCALE["luma"]).mean()),
        "contrast": float(from_byte(signals.spread[inside], FULL_SCALE["spread"]).mean()),
    }
    if end - start > 1:
        moved = signals.difference[start + 1 : end]
        scores["frame_difference"] = float(from_byte(moved, FULL_SCALE["difference"]).mean())
    if samples:
        scores["sharpness"] = float(np.mean([sample.sharpness for sample in samples]))
        scores["black_bars"] = _black_bars(samples)
    return {name: round(value, 4) for name, value in sorted(scores.items())}


def _black_bars(samples: Sequence[SampledFrame]) -> float:
    edges = np.array([sample.picture for sample in samples])
    height = max(0.0, edges[:, 1].max() - edges[:, 0].min())
    width = max(0.0, edges[:, 3].max() - edges[:, 2].min())
    return float(1.0 - height * width)
