from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields

import pytest

from operators.sample_films.families import FAMILIES
from operators.sample_films.framing import centre_at
from operators.sample_films.palettes import PALETTES
from operators.sample_films.photographs import load_photograph
from operators.sample_films.plans import FilmPlan, Half, plan_json
from operators.sample_films.random_film import random_film

HALVES: tuple[Half, ...] = ("tune", "test")


def _films() -> Iterator[FilmPlan]:
    for half in HALVES:
        for family in FAMILIES:
            for seed in range(12):
                yield random_film(seed, half, family)


def _looks(plan: FilmPlan) -> set[tuple[str, str]]:
    looks = set()
    for shot in plan.shots:
        looks |= {("photograph", shot.photograph), ("grade", shot.grade)}
        looks |= {("sprite", sprite.shape) for sprite in shot.sprites}
        looks |= {("layer", layer.kind) for layer in shot.layers}
        looks |= {("title", shot.title.text)} if shot.title else set()
    looks |= {("wipe", join.shape) for join in plan.joins if join.shape}
    return looks | {("curve", join.curve) for join in plan.joins if join.curve != "linear"}


def test_films_of_the_two_halves_never_share_a_look() -> None:
    seen: dict[str, set[tuple[str, str]]] = {half: set() for half in HALVES}
    for plan in _films():
        seen[plan.half] |= _looks(plan)
    assert not seen["tune"] & seen["test"]
    assert {kind for kind, _ in seen["tune"]} == {kind for kind, _ in seen["test"]}
    assert len(seen["tune"]) > 25


@pytest.mark.parametrize("field", [field.name for field in fields(PALETTES["tune"]) if field.name != "curves"])
def test_the_palettes_are_disjoint(field: str) -> None:
    assert not set(getattr(PALETTES["tune"], field)) & set(getattr(PALETTES["test"], field))


def test_a_seed_gives_one_plan_whatever_else_was_drawn() -> None:
    first = plan_json(random_film(7, "tune", "restless"))
    random.seed(1)
    random_film(8, "test", "rates")
    assert plan_json(random_film(7, "tune", "restless")) == first
    assert plan_json(random_film(8, "tune", "restless")) != first
    assert plan_json(random_film(7, "test", "restless")) != first


def test_drawing_a_film_leaves_the_global_dice_alone() -> None:
    random.seed(5)
    before = random.getstate()
    random_film(3, "tune", "gradual")
    assert random.getstate() == before


def test_every_family_has_what_it_is_named_for() -> None:
    films = list(_films())
    joins = {family: [j.kind for f in films if f.family == family for j in f.joins] for family in FAMILIES}
    shots = {family: [s for f in films if f.family == family for s in f.shots] for family in FAMILIES}
    assert joins["gradual"].count("cut") < len(joins["gradual"]) / 4
    assert {"cut", "dissolve", "fade", "wipe"} == set(joins["plain"])
    assert any(shot.flashes for shot in shots["restless"])
    assert any(shot.camera.whip for shot in shots["restless"])
    assert max(shot.frames for shot in shots["short"]) <= 20
    assert {film.timing.kind for film in films if film.family == "rates"} == {
        "constant",
        "drops",
        "jitter",
        "two_rates",
    }


def test_the_view_of_a_travelling_camera_stays_on_its_photograph() -> None:
    for plan in _films():
        for shot in plan.shots:
            if shot.camera.kind not in ("pan", "tilt"):
                continue
            height, width = load_photograph(shot.photograph).shape[:2]
            scale = max(plan.width / width, plan.height / height) / shot.view
            for time in (0, shot.frames):
                x, y = centre_at(shot, (plan.width, plan.height), time)
                half_x, half_y = plan.width / (2 * scale * width), plan.height / (2 * scale * height)
                assert half_x - 0.01 <= x <= 1 - half_x + 0.01
                assert half_y - 0.01 <= y <= 1 - half_y + 0.01
