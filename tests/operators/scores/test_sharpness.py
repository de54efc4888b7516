from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import uniform_filter1d

from operators.scores.sharpness import sharpness


def blurred(windows, sigma):
    return tuple(np.asarray(cv2.GaussianBlur(window, (0, 0), sigma)) for window in windows)


def test_more_blur_is_less_sharp(windows):
    values = [sharpness(windows), *(sharpness(blurred(windows, sigma)) for sigma in (0.7, 1.5, 3.0, 6.0))]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.6
    assert values[-1] < 0.25


def test_it_is_one_minus_the_published_blur_effect(windows):
    for window in windows:
        lost = []
        for axis in (0, 1):
            blurred = uniform_filter1d(window.astype(float), 9, axis=axis, mode="mirror")
            fine, left = np.abs(np.diff(window.astype(float), axis=axis)), np.abs(np.diff(blurred, axis=axis))
            lost.append(np.maximum(fine - left, 0).sum() / fine.sum())
        assert sharpness([window]) == pytest.approx(min(lost), abs=1e-3)


@given(contrast=st.floats(0.3, 1.0))
def test_contrast_changes_little(windows, contrast):
    faded = tuple(
        np.rint(80 + contrast * (window.astype(float) - 80)).clip(0, 255).astype(np.uint8) for window in windows
    )
    assert sharpness(faded) == pytest.approx(sharpness(windows), abs=0.06)


def test_flat_windows_say_nothing_and_do_not_count_against_the_others(windows):
    flat = np.full((64, 64), 90, np.uint8)
    assert sharpness([flat] * 9) is None
    assert sharpness([]) is None
    assert sharpness([windows[0], flat]) == pytest.approx(sharpness([windows[0]]))
