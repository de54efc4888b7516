from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from operators.sample_films.render import film_name, render_film

FILE = Path(__file__).parents[3] / "benchmarks" / "shot_set.py"


@pytest.fixture(scope="module")
def shot_set() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_shot_set", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_benchmark_s_plans_are_the_frozen_ones(shot_set: ModuleType) -> None:
    assert shot_set.plans_sha256(shot_set.benchmark_plans()) == shot_set.PLANS_SHA256


def test_the_benchmark_has_two_hundred_films_and_a_thousand_transitions(shot_set: ModuleType) -> None:
    plans = shot_set.benchmark_plans()
    assert len(plans) >= 200
    assert sum(len(plan.joins) for plan in plans) >= 1000
    assert len({plan.name for plan in plans}) == len(plans)
    assert sum(plan.half == "test" for plan in plans) == len(shot_set.benchmark_plans("test")) == len(plans) // 2


def test_the_first_films_of_a_half_are_one_of_each_family(shot_set: ModuleType) -> None:
    families = shot_set.BENCHMARK_FAMILIES
    assert tuple(plan.family for plan in shot_set.benchmark_plans("tune")[: len(families)]) == families


def test_a_few_films_decode_to_the_frozen_frames(shot_set: ModuleType, tmp_path: Path) -> None:
    if shot_set.frame_versions() != shot_set.FRAMES_MADE_WITH:
        pytest.skip("the frames were frozen with other versions of the libraries that draw and encode them")
    plans = {plan.name: plan for plan in shot_set.benchmark_plans()}
    for name, sha256 in shot_set.FRAMES_SHA256.items():
        film = tmp_path / film_name(plans[name])
        render_film(plans[name], film)
        assert shot_set.decoded_sha256(film) == sha256, name


def test_rendering_goes_on_where_it_stopped(shot_set: ModuleType, tmp_path: Path) -> None:
    [first] = shot_set.render_benchmark(tmp_path, "tune", limit=1)
    written = first.stat().st_mtime_ns
    assert shot_set.render_benchmark(tmp_path, "tune", limit=1) == [first]
    assert first.stat().st_mtime_ns == written
