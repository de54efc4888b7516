"""How each frame differs from the one before it, many frames at once: PySceneDetect's metrics, value for value.

A test holds these against the detectors of PySceneDetect 0.7 (``ContentDetector``, ``HistogramDetector``), which take one
frame at a time and cost ten times as much on small frames.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

Frames = npt.NDArray[np.uint8]
Values = npt.NDArray[np.float64]

_LEVELS, _BINS = 256, 128


def content_values(frames: Frames) -> Values:
    """``(N, H, W, 3) uint8 RGB -> (N - 1,)``, 0..255: the mean over hue, saturation and value of the mean absolute
    difference."""
    return cast(Values, _mean_differences(_converted(frames, cv2.COLOR_RGB2HSV)).mean(axis=1))


def colour_differences(frames: Frames) -> Values:
    """``(N, H, W, 3) uint8 RGB -> (N - 1,)``, 0..255: the mean absolute difference of red, green and blue."""
    return cast(Values, _mean_differences(frames).mean(axis=1))


def histogram_correlations(frames: Frames) -> Values:
    """``(N, H, W, 3) uint8 RGB -> (N - 1,)``, -1..1: the correlation of luma histograms of 128 bins."""
    luma = _converted(frames, cv2.COLOR_RGB2YUV)[..., 0]
    histograms = [_histogram(np.ascontiguousarray(picture)) for picture in luma]
    return np.array(
        [cv2.compareHist(one, other, cv2.HISTCMP_CORREL) for one, other in pairwise(histograms)], np.float64
    )


def _histogram(luma: Frames) -> npt.NDArray[np.float32]:
    counts = cv2.calcHist([luma], [0], None, [_BINS], [0, _LEVELS])
    return cast("npt.NDArray[np.float32]", cv2.normalize(counts, counts))


def _converted(frames: Frames, code: int) -> Frames:
    """All frames as one tall picture."""
    tall = frames.reshape(-1, frames.shape[2], 3)
    return cast(Frames, cv2.cvtColor(tall, code)).reshape(frames.shape)


def _mean_differences(pictures: Frames) -> Values:
    """``(N, H, W, 3) -> (N - 1, 3)``."""
    flat = pictures.reshape(len(pictures), -1)
    apart = np.asarray(cv2.absdiff(flat[1:], flat[:-1]), np.uint8).reshape(len(flat) - 1, -1, 3)
    return cast(Values, apart.sum(axis=1, dtype=np.int64) / apart.shape[1])
