from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.sample_films.families import FAMILIES
from operators.sample_films.plans import FilmPlan, Half, plan_sha256
from operators.sample_films.random_film import random_film
from operators.sample_films.truth import film_truth, read_truth


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["tune", "test"]), st.sampled_from(sorted(FAMILIES)))
def test_shots_transitions_and_edges_cover_every_frame_once(seed: int, half: Half, family: str) -> None:
    plan = random_film(seed, half, family)
    truth = film_truth(plan, "film")
    parts = sorted(part.frames for part in (*truth.shots, *truth.transitions, *truth.edges))
    assert [start for start, _ in parts] == [0, *(end for _, end in parts[:-1])]
    assert parts[-1][1] == truth.frames == len(truth.pts)
    assert list(truth.pts) == sorted(set(truth.pts))
    assert truth.pts[-1] < truth.end_pts


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["tune", "test"]), st.sampled_from(sorted(FAMILIES)))
def test_what_only_looks_like_a_transition_lies_inside_a_clean_shot(seed: int, half: Half, family: str) -> None:
    truth = film_truth(random_film(seed, half, family), "film")
    shots = [shot.frames for shot in truth.shots]
    for distraction in truth.distractions:
        start, end = distraction.frames
        assert any(first < start and end < last for first, last in shots)


def test_the_truth_counts_a_transition_s_own_frames(every_join: FilmPlan) -> None:
    truth = film_truth(every_join, "film")
    assert [(t.kind, t.frames) for t in truth.transitions] == [
        ("cut", (22, 22)),
        ("dissolve", (34, 41)),
        ("fade", (54, 66)),
        ("wipe", (81, 87)),
        ("wipe", (99, 104)),
    ]
    assert [(e.kind, e.frames) for e in truth.edges] == [
        ("black", (0, 3)),
        ("fade_in", (3, 8)),
        ("fade_out", (116, 122)),
        ("black", (122, 124)),
    ]
    assert truth.shots[0].frames == (8, 22)
    assert [shot.scene for shot in truth.shots] == ["temple", "coffee", "cat", "flower", "flower", "rocket"]


def test_the_truth_beside_a_film_names_the_film_and_its_plan(every_join: FilmPlan, every_join_film: Path) -> None:
    truth = read_truth(every_join_film)
    assert truth == film_truth(every_join, every_join_film.name)
    assert truth.plan_sha256 == plan_sha256(every_join)


def test_joins_that_do_not_fit_the_shots_are_refused(every_join: FilmPlan) -> None:
    with pytest.raises(ValueError, match="6 shots need 5 joins, got 4"):
        FilmPlan("x", "demo", "demo", 1, 192, 108, "24/1", every_join.shots, every_join.joins[:-1])
