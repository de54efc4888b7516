from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.scores.noise import noise


@given(deviation=st.floats(1.0, 25.0), seed=st.integers(0, 1000))
def test_the_deviation_of_noise_on_grey_is_found(deviation, seed):
    random = np.random.default_rng(seed)
    windows = [
        np.rint(128 + deviation * random.standard_normal((64, 64))).clip(0, 255).astype(np.uint8) for _ in range(9)
    ]
    assert noise(windows) == pytest.approx(deviation, rel=0.06)


def test_noise_on_a_photograph_adds_to_it(windows):
    random = np.random.default_rng(1)
    noisy = [np.clip(window + 12 * random.standard_normal(window.shape), 0, 255).astype(np.uint8) for window in windows]
    assert noise(windows) < 4
    assert noise(noisy) == pytest.approx(12, rel=0.2)


def test_without_windows_there_is_none():
    assert noise([]) is None
    assert noise([np.full((64, 64), 9, np.uint8)]) == 0
