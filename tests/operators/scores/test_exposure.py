from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.scores.exposure import exposure


@given(dark=st.integers(0, 40), bright=st.integers(0, 40))
def test_clipped_shares_are_counted(dark, bright):
    picture = np.full((100, 50), 120, np.uint8)
    picture[:dark], picture[100 - bright :] = 1, 254
    scores = exposure(picture)
    assert (scores["clipped_dark"], scores["clipped_bright"]) == (dark / 100, bright / 100)
    assert scores["brightness"] == pytest.approx(picture.mean())
    assert scores["contrast"] == pytest.approx(picture.std())


def test_an_overexposed_photograph_is_clipped_and_an_ordinary_one_is_not(photograph):
    picture = photograph()[:, :, 1]
    over = np.clip(picture.astype(int) * 3, 0, 255).astype(np.uint8)
    assert exposure(picture)["clipped_bright"] < 0.02
    assert exposure(over)["clipped_bright"] > 0.4
