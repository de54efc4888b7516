"""On the five demo films, on which no parameter was set, every hard cut is exact and no frame of a transition stays in a shot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.shot_scoring import DEFAULT_MARGIN
from operators.sample_films.films import render_sample_films
from operators.scan import ScanSettings, film_transitions
from operators.split import SplitSettings


@pytest.mark.slow
def test_every_hard_cut_is_exact_and_no_transition_leaks(
    benchmark_script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    shots = benchmark_script("shots")
    everything = shots.Benchmark()
    for film in render_sample_films(tmp_path / "films"):
        told = film_transitions(film, ScanSettings(network="none"), SplitSettings())
        found = [shots.Gap(each["kind"], *each["frames"]) for each in told["transitions"]]
        truth = shots.truth_of(film, None)
        assert {gap for gap in truth if not gap.gradual} <= set(found), film.name
        everything.add(truth, found, told["frames"])
    assert everything.transitions >= 20
    leaks = {kind: everything.leaked[DEFAULT_MARGIN, kind] for kind in everything.kinds}
    assert sum(leaks.values()) <= 0.01 * everything.transitions, leaks
