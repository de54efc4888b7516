from __future__ import annotations

import itertools
from pathlib import Path

import av
import pytest

from operators.sample_films.demo_films import DEMO_FILMS
from operators.sample_films.films import render_sample_films
from operators.sample_films.photographs import PHOTOGRAPHS, load_photograph
from operators.sample_films.truth import film_truth, read_truth


def test_every_photograph_is_there_without_a_download() -> None:
    for name in PHOTOGRAPHS:
        picture = load_photograph(name)
        assert picture.ndim == 3
        assert min(picture.shape[:2]) >= 300
        assert picture.std() > 5


def test_the_demo_set_is_a_minute_of_several_shots_a_film() -> None:
    truths = [film_truth(plan, plan.name) for plan in DEMO_FILMS]
    seconds = 0.0
    for truth in truths:
        ticks = int(truth.time_base.split("/")[1]) / int(truth.time_base.split("/")[0])
        seconds += (truth.end_pts - truth.pts[0]) / ticks
        assert len(truth.shots) >= 4
    assert 55 < seconds < 80
    assert {t.kind for truth in truths for t in truth.transitions} == {"cut", "dissolve", "fade", "wipe"}
    assert {truth.fps for truth in truths} == {"24/1", "25/1", "30/1", "30000/1001", "60/1"}
    assert [truth.vfr for truth in truths].count(True) == 1


def test_neighbouring_shots_of_one_scene_are_there_to_be_stitched() -> None:
    for plan in DEMO_FILMS:
        scenes = [shot.photograph for shot in plan.shots]
        assert any(one == next_one for one, next_one in itertools.pairwise(scenes))


def test_a_chosen_film_is_rendered_once_and_kept(tmp_path: Path) -> None:
    name = min(DEMO_FILMS, key=lambda plan: film_truth(plan, "").frames).name
    told: list[tuple[str, int, int]] = []
    [film] = render_sample_films(tmp_path, [name], progress=lambda *done: told.append(done))
    assert told == [(film.name, 1, 1)]
    with av.open(str(film)) as container:
        decoded = sum(1 for _ in container.decode(video=0))
    assert decoded == read_truth(film).frames
    written = film.stat().st_mtime_ns
    assert render_sample_films(tmp_path, [name]) == [film]
    assert film.stat().st_mtime_ns == written


def test_an_unknown_film_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no sample film is called 'nope'; there are: 01-quiet-morning, "):
        render_sample_films(tmp_path, ["nope"])
