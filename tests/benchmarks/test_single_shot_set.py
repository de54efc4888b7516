from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.shot_set import plans_sha256
from operators.sample_films.palettes import PALETTES
from operators.sample_films.render import film_name, render_film


def test_the_plans_are_the_frozen_ones(benchmark_script: Callable[[str], ModuleType]) -> None:
    single = benchmark_script("single_shot_set")
    plans = [plan for half in ("tune", "test") for plan in single.single_shot_plans(half)]
    assert plans_sha256(plans) == single.PLANS_SHA256
    assert len({plan.name for plan in plans}) == len(plans)


def test_the_test_half_lasts_half_an_hour_and_has_one_shot_per_film(
    benchmark_script: Callable[[str], ModuleType],
) -> None:
    plans = benchmark_script("single_shot_set").single_shot_plans("test")
    assert sum(plan.shots[0].frames / Fraction(plan.rate) for plan in plans) >= 30 * 60
    assert {len(plan.shots) for plan in plans} == {1}
    assert {plan.shots[0].photograph for plan in plans} <= set(PALETTES["test"].photographs)
    assert sum(len(plan.shots[0].flashes) > 4 for plan in plans) >= 20
    assert sum(plan.shots[0].camera.kind == "whip" for plan in plans) >= 40


def test_false_alarms_are_counted_per_kind_and_time(
    benchmark_script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    single = benchmark_script("single_shot_set")
    plan = single.single_shot_plans("tune")[0]
    film = tmp_path / film_name(plan)
    render_film(plan, film)
    told = {"path": str(film), "error": None, "transitions": [{"kind": "cut"}, {"kind": "cut"}, {"kind": "wipe"}]}
    found = tmp_path / "found.jsonl"
    found.write_text(json.dumps(told) + "\n")
    alarms = single.false_alarms(found)
    assert (alarms.films, dict(alarms.found)) == (1, {"cut": 2, "wipe": 1})
    assert alarms.seconds == pytest.approx(plan.shots[0].frames / Fraction(plan.rate), abs=0.01)
    assert "3 false alarms (cut 2, wipe 1)" in str(alarms)


def test_a_film_that_was_not_read_does_not_pass_for_one_without_false_alarms(
    benchmark_script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    found = tmp_path / "found.jsonl"
    found.write_text(json.dumps({"path": "a.mp4", "error": "cannot be opened"}) + "\n")
    with pytest.raises(ValueError, match=r"a\.mp4 was not read"):
        benchmark_script("single_shot_set").false_alarms(found)
