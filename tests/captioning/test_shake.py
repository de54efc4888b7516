from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captioning.shake import SWING, shaken_pairs, turning_points


def test_turning_points_are_the_ends_of_swings() -> None:
    path = np.array([0, 1, 2, 3, 2, 1, 0, 1, 2, 3], dtype=float)
    assert turning_points(path, 1.5) == [3, 6]


def test_where_the_path_first_sets_off_is_no_turn() -> None:
    assert turning_points(np.array([0, -0.2, 1, 2, 3]), 1.0) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_a_path_that_only_rises_never_turns(steps: list[float]) -> None:
    assert turning_points(np.cumsum(np.array(steps)), SWING) == []


@given(st.lists(st.floats(-0.4 * SWING, 0.4 * SWING), min_size=1, max_size=50))
def test_what_stays_below_the_swing_never_turns(path: list[float]) -> None:
    assert turning_points(np.array(path), SWING) == []


def test_only_the_shaken_part_is_marked() -> None:
    rates = np.zeros((120, 4))
    time = np.arange(60) / 24
    rates[60:, 1] = 0.06 * np.cos(2 * np.pi * 1.5 * time)
    shaken = shaken_pairs(rates, 24.0)
    assert not shaken[:54].any()
    assert shaken[68:].all()


def test_turns_on_several_axes_count_together_when_each_is_slow() -> None:
    rates = np.zeros((120, 4))
    time = np.arange(120) / 24
    for axis, phase in ((0, 0.0), (1, 2.1), (3, 4.2)):
        rates[:, axis] = 0.03 * np.cos(2 * np.pi * 0.5 * time + phase)
    assert shaken_pairs(rates, 24.0).mean() > 0.8
    alone = rates.copy()
    alone[:, 1:] = 0
    assert not shaken_pairs(alone, 24.0).any()
