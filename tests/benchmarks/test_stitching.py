from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.stitching import Border, main, score
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film
from operators.sample_films.truth import read_truth


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    (folder / ".truth").mkdir()
    for seed in (6, 7):
        render_film(random_film(seed, "tune", "short", (160, 90)), folder / f"{seed}.mkv")
    return folder


def measured(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, list[dict[str, object]]]:
    main([*map(str, arguments), "--json"])
    said: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
    return said


def test_every_true_border_is_judged_once(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    borders = measured(capsys, films)["borders"]
    truths = {film.name: read_truth(film) for film in films.glob("*.mkv")}
    assert len(borders) == sum(len(truth.shots) - 1 for truth in truths.values())
    same = sum(
        one.scene == other.scene
        for truth in truths.values()
        for one, other in zip(truth.shots, truth.shots[1:], strict=False)
    )
    assert sum(bool(border["same"]) for border in borders) == same
    assert 0 < same < len(borders)


def test_shots_of_one_scene_are_more_alike(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    borders = measured(capsys, films)["borders"]
    means = [
        sum(float(str(each["similarity"])) for each in borders if each["same"] == wanted)
        / sum(each["same"] == wanted for each in borders)
        for wanted in (True, False)
    ]
    assert means[0] > means[1] + 0.1


def test_a_learned_embedder_is_measured_the_same_way(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_checkpoint("dinov2", tmp_path / "weights")
    borders = measured(capsys, films, "--embedder", "dinov2", "--weights", tmp_path / "weights")["borders"]
    assert all(-1.001 <= float(str(each["similarity"])) <= 1.001 for each in borders)


def test_scores_count_within_the_band_alone() -> None:
    borders = [Border("a", "cut", same, value) for same, value in [(True, 0.9), (True, 0.5), (True, 0.2), (False, 0.6)]]
    found = score(borders, 0.4, 0.8)
    assert (found.called, found.right, found.same) == (2, 1, 3)
    assert (found.precision, found.recall) == (1 / 2, 1 / 3)
    assert score(borders, 0.95).f1 == 0.0


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no film in"):
        main([str(tmp_path)])
