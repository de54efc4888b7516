from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from operators.film_measuring import measure_film
from operators.filter import FilterSettings
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film
from operators.scan import ScanSettings
from operators.scores.camera_class import CAMERA_CLASSES
from operators.scores.page import PAGE, scores_page
from operators.scores.registry import SCORES, score_named


def test_names_are_unique_and_every_score_says_what_it_is():
    assert len({score.name for score in SCORES}) == len(SCORES)
    for score in SCORES:
        assert score_named(score.name) is score
        assert score.meaning
        assert score.source
        assert "/" in score.method
    with pytest.raises(KeyError):
        score_named("beauty")


def test_rules_of_thumb_are_called_so():
    assert [score.name for score in SCORES if score.heuristic] == [
        "technical_quality",
        *(score.name for score in CAMERA_CLASSES),
        "text_area",
    ]
    assert all("heuristic" in score.method for score in SCORES if score.heuristic)


def test_what_a_scan_measures_is_registered_and_in_range(tmp_path):
    path = tmp_path / "film.mp4"
    render_film(random_film(6, "tune", "short"), path)
    scan = measure_film(path, "", ScanSettings(network="none")).scan
    found = {name for fragment in scan.fragments for name in fragment.scores}
    assert found == {score.name for score in SCORES}
    for fragment in scan.fragments:
        for name, value in fragment.scores.items():
            score = score_named(name)
            assert score.low is None or value >= score.low, name
            assert score.high is None or value <= score.high, name


def test_the_page_of_scores_is_written_from_the_registry():
    assert PAGE.read_text(encoding="utf-8") == scores_page(), "run: python -m operators.scores.page"


def test_a_score_that_no_one_measures_is_refused_when_the_settings_are_read():
    with pytest.raises(
        ValidationError, match=r"there is no score 'sharpnes', did you mean 'sharpness'\? docs/scores.md"
    ):
        FilterSettings.model_validate({"scores": [{"name": "sharpnes", "min": 0.2}]})
    for name in ("text_area", "aesthetics_laion", "classifier.nsfw.not_safe"):
        assert FilterSettings.model_validate({"top": {"score": name, "share": 0.4}}).top.score == name


def test_settings_without_score_limits_load_no_media_library():
    told = subprocess.run(
        [sys.executable, "-c", "import sys, operators.filter; print('cv2' in sys.modules, 'av' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["False", "False"]
