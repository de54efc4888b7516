from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from operators.scores.picture_luma import PictureLuma


def test_halving_first_gives_the_means_that_one_step_gives() -> None:
    random = np.random.default_rng(1)
    luma = np.kron(random.integers(20, 230, (45, 80)), np.ones((16, 16))).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(luma, format="gray")
    frame.color_range = 2
    halved = PictureLuma(frame).halved(160, 90)
    expected = luma.reshape(90, 8, 160, 8).mean(axis=(1, 3))
    assert halved.shape == (90, 160)
    assert np.abs(halved - expected).max() <= 1


@pytest.mark.parametrize("times", [3, 7, 10, 20])
def test_a_picture_that_is_sampled_first_is_still_near_the_means_of_its_areas(times: int) -> None:
    random = np.random.default_rng(times)
    coarse = cv2.GaussianBlur(random.integers(20, 230, (54, 96)).astype(np.uint8), (0, 0), 1.0)
    luma = np.asarray(cv2.resize(coarse, (96 * times, 54 * times), interpolation=cv2.INTER_CUBIC))
    frame = av.VideoFrame.from_ndarray(luma, format="gray")
    frame.color_range = 2
    expected = luma.reshape(54, times, 96, times).mean(axis=(1, 3))
    assert np.abs(PictureLuma(frame).halved(96, 54) - expected).mean() < 1.0


@pytest.mark.parametrize("size", [(3839, 2161), (1279, 719), (193, 109), (97, 55), (1, 1)])
def test_any_size_can_be_halved(size: tuple[int, int]) -> None:
    width, height = size
    frame = av.VideoFrame.from_ndarray(np.full((height, width), 100, np.uint8), format="gray")
    frame.color_range = 2
    small = PictureLuma(frame).halved(min(96, width), min(54, height))
    assert small.shape == (min(54, height), min(96, width))
    assert set(np.unique(small)) == {100}
