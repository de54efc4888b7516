"""The benchmark of attention counts what masks leave, and measures every case."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from training.model.positions import Grid


@pytest.fixture
def attention(benchmark_script: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_script("attention")


@pytest.mark.parametrize("shots", [2, 3, 4])
def test_the_share_kept_is_that_of_the_dense_mask(attention: ModuleType, shots: int) -> None:
    from training.model.attention import _shot_mask

    plan = attention.Case("some", shots).plan(Grid(20, 2, 3), 128)
    dense = _shot_mask(plan, 0, torch.device("cpu"))
    assert attention.kept_share(plan) == pytest.approx(dense.float().mean().item())


def test_every_case_is_measured_and_held_against_the_first(attention: ModuleType) -> None:
    lines = attention.measure(attention.CASES, Grid(20, 1, 1), 2, time.perf_counter)
    assert [line.name for line in lines] == [case.name for case in attention.CASES]
    assert lines[0].ratio == lines[0].efficiency == 1.0
    assert all(line.seconds > 0 for line in lines)


def test_the_table_says_where_a_goal_is_missed(attention: ModuleType) -> None:
    said = attention.table([attention.Line("2 shots", 1.0, 0.55, 0.525), attention.Line("4 shots", 1.0, 0.5, 0.2875)])
    reached, missed = said.splitlines()[2:]
    assert "0.95" in reached
    assert reached.endswith("0.90: reached |")
    assert missed.endswith("0.85: not reached |")
