"""Lower bounds for real films of which every transition is known."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from operators.scan import ScanSettings, film_transitions
from operators.split import SplitSettings

MOST_FALSE = 2
LEAST_MATCHED = 72
LEAST_EXACT_CUTS = 36


@pytest.mark.slow
def test_nearly_every_transition_of_seven_real_films_is_found_from_pictures_alone(
    benchmark_script: Callable[[str], ModuleType],
) -> None:
    media = os.environ.get("SHOTLOOM_MEDIA")
    if not media:
        pytest.skip("SHOTLOOM_MEDIA is not set")
    shots = benchmark_script("shots")
    everything = shots.Benchmark()
    for film in sorted((Path(media) / "films").iterdir()):
        truth = shots.truth_of(film, Path(media) / "truth")
        told = film_transitions(film, ScanSettings(network="none"), SplitSettings())
        found = [shots.Gap(each["kind"], *each["frames"]) for each in told["transitions"]]
        everything.add(truth, found, told["frames"])
    assert (everything.films, everything.transitions) == (7, 75)
    score = everything.scores["overlap", "all"]
    assert score.matched >= LEAST_MATCHED
    assert score.found - score.matched <= MOST_FALSE
    assert everything.scores["0", "hard"].matched >= LEAST_EXACT_CUTS
