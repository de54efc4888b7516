"""What undoing false cuts by likeness would undo."""

from __future__ import annotations

import numpy as np

from benchmarks.development_set import StoredFilm
from benchmarks.rejoin import FoundCut, found_cuts, table, undone
from benchmarks.shot_scoring import Gap

CUTS = [FoundCut(0.6, 0.97, False), FoundCut(0.6, 0.5, False), FoundCut(0.6, 0.96, True), FoundCut(1.0, 0.99, True)]


def test_true_and_false_cuts_are_counted_apart_by_confidence_and_likeness() -> None:
    assert undone(CUTS, 0.5, 0.7, 0.95) == (1, 1)
    assert undone(CUTS, 0.5, 0.7, 0.4) == (1, 2)
    assert undone(CUTS, 0.3, 0.5, 0.0) == (0, 0)
    assert undone(CUTS, 0.7, 1.0, 0.95) == (1, 0)
    assert table(CUTS).splitlines()[-2:] == [
        "| 0.5 to 0.7 | 1 | 2 | 1, 1 | 1, 1 | 1, 1 | 1, 1 |",
        "| 0.7 to 1 | 1 | 0 | 1, 0 | 1, 0 | 1, 0 | 1, 0 |",
    ]


def test_a_cut_of_a_film_is_true_where_its_truth_has_one_and_no_other_is_counted_near_a_transition() -> None:
    dice = np.random.default_rng(4)
    scenes = [dice.integers(0, 255, (27, 48, 3), np.uint8) for _ in range(2)]
    small = np.stack([scenes[0]] * 60 + [scenes[1]] * 60)
    right = StoredFilm("views-a", small, 24.0, (Gap("cut", 60, 60),), ())
    assert [(cut.true, cut.confidence > 0.9) for cut in found_cuts(right)] == [(True, True)]
    wrong = StoredFilm("views-b", small, 24.0, (), ())
    assert [cut.true for cut in found_cuts(wrong)] == [False]
    near = StoredFilm("views-c", small, 24.0, (Gap("dissolve", 58, 62),), ())
    assert list(found_cuts(near)) == []
