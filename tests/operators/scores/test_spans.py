from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.scores.spans import span_scores
from operators.signals import FULL_SCALE, Signals, to_byte


def signals_of(luma, difference):
    count = len(luma)
    zeros = np.zeros(count, np.uint8)
    values = dict.fromkeys(("flags", "content", "histogram", "single", "many"), zeros)
    return Signals(
        pts=np.arange(count, dtype=np.int64) * 40,
        luma=to_byte(luma, FULL_SCALE["luma"]),
        spread=to_byte(np.where(np.asarray(luma) < 5, 0, 50), FULL_SCALE["spread"]),
        difference=to_byte(difference, FULL_SCALE["difference"]),
        **values,
    )


def scores_of(luma, difference, frames=None):
    signals = signals_of(luma, difference)
    shown = np.append(signals.pts, 40 * len(luma))
    return span_scores(signals, shown, frames or (0, len(luma)), Fraction(1, 1000))


def test_held_pictures_and_black_are_told_with_their_lengths():
    black = [0] * 5 + [100] * 15
    moving = [0, *[0] * 4, 80, *[3] * 4, *[0] * 6, *[3] * 4]
    scores = scores_of(black, moving)
    assert scores["black_share"] == 0.25
    assert scores["black_longest"] == pytest.approx(0.2)
    assert scores["still_share"] == pytest.approx(10 / 19)
    assert scores["still_longest"] == pytest.approx(7 * 0.04)


def test_two_pictures_held_one_after_the_other_are_two_spans():
    scores = scores_of([100] * 20, [0, *[0] * 9, 60, *[0] * 9])
    assert scores["still_longest"] == pytest.approx(0.4)


def test_only_the_fragments_own_frames_count():
    scores = scores_of([0] * 10 + [100] * 10, [0] * 10 + [50] + [4] * 9, frames=(10, 20))
    assert scores == {"still_share": 0, "still_longest": 0, "black_share": 0, "black_longest": 0}


@given(luma=st.lists(st.sampled_from([0, 90]), min_size=1, max_size=40), still=st.integers(0, 3))
def test_shares_lie_within_0_and_1_and_no_span_outlasts_the_fragment(luma, still):
    scores = scores_of(luma, [still] * len(luma))
    assert 0 <= scores["black_share"] <= 1
    assert 0 <= scores["still_share"] <= 1
    assert max(scores["black_longest"], scores["still_longest"]) <= 0.04 * len(luma) + 1e-9
    assert (scores["black_longest"] > 0) == (0 in luma)
