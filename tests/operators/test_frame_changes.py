"""Held against PySceneDetect's detectors, which take one frame at a time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scenedetect import FrameTimecode, StatsManager
from scenedetect.detectors import ContentDetector, HistogramDetector

from operators.frame_changes import colour_differences, content_values, histogram_correlations

Frames = NDArray[np.uint8]


def noise(count: int) -> Frames:
    return np.random.default_rng(3).integers(0, 256, (count, 27, 48, 3), dtype=np.uint8)


def slow_pictures(count: int) -> Frames:
    """Smooth pictures that hardly change, with flat ones among them."""
    across, down = np.meshgrid(np.linspace(0, 3, 48), np.linspace(0, 2, 27))
    times = np.arange(count)[:, None, None]
    planes = [127 + 120 * np.sin(across * turn + down + 0.05 * times * turn) for turn in (1, 2, 3)]
    film = np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)
    film[count // 2 : count // 2 + 3] = (200, 200, 200)
    film[-3:] = 0
    return film


def told(detector: ContentDetector | HistogramDetector, metric: str, frames: Frames) -> list[float]:
    detector.stats_manager = StatsManager()
    values = []
    for number, frame in enumerate(frames):
        time = FrameTimecode(number, 25.0)
        detector.process_frame(time, np.ascontiguousarray(frame[:, :, ::-1]))
        if number:
            values += detector.stats_manager.get_metrics(time, [metric])
    return values


@pytest.mark.parametrize("frames", [noise(60), slow_pictures(60), noise(2)], ids=["noise", "slow", "two frames"])
def test_content_and_histogram_are_what_pyscenedetect_measures(frames: Frames) -> None:
    content = told(ContentDetector(), ContentDetector.FRAME_SCORE_KEY, frames)
    np.testing.assert_allclose(content_values(frames), content, rtol=1e-12)
    correlation = told(HistogramDetector(), HistogramDetector()._metric_key, frames)
    np.testing.assert_array_equal(histogram_correlations(frames), correlation)


def test_the_colour_difference_is_the_mean_over_all_values() -> None:
    frames = noise(3)
    expected = np.abs(np.diff(frames.astype(np.int64), axis=0)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(colour_differences(frames), expected, rtol=1e-12)
