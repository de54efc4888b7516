from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import train_candidates
from benchmarks.development_palette import add_palettes
from benchmarks.development_set import Amounts, rough_plans, stored_films
from benchmarks.train_candidates import Example, examples_of, fitted
from operators import candidate_network
from operators.candidate_network import opinion


def _examples(count: int) -> list[Example]:
    """Only the second of three values says anything."""
    dice = np.random.default_rng(3)
    values = dice.normal(5, 2, (count, 3)).astype(np.float32)
    return [Example(of, row, bool(row[1] > 5)) for row in values for of in ("cut", "span")]


def test_what_was_fitted_is_what_the_operator_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_candidates, "STEPS", 100)
    monkeypatch.setattr(train_candidates, "MEMBERS", 1)
    examples = _examples(400)
    np.savez(tmp_path / "weights.npz", allow_pickle=False, **fitted("cut", examples), **fitted("span", examples))
    monkeypatch.setattr(candidate_network, "WEIGHTS", tmp_path / "weights.npz")
    candidate_network._weights.cache_clear()
    told = [opinion("cut", np.array([5, value, 5], np.float32)) for value in (1, 4, 6, 9)]
    candidate_network._weights.cache_clear()
    assert told[0] < told[1] < 0 < told[2] < told[3]


def test_examples_are_true_where_the_truth_says_so(tmp_path: Path) -> None:
    add_palettes(tmp_path / "photographs", ("plates",))
    plans = rough_plans(("plates",), Amounts(joined=1, single=0))
    films = list(stored_films(tmp_path, [plan for plan in plans if plan.family == "joined-plain"]))
    examples = examples_of(films)
    true = sum(gap.kind == "cut" for film in films for gap in film.truth)
    assert sum(example.true for example in examples if example.of == "cut") == true > 0
    assert any(example.true for example in examples if example.of == "span")
    assert {len(example.values) for example in examples if example.of == "cut"} == {41}
