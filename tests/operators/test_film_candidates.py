"""A film's candidates from file to file, as workers do it."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats.selection import FilmSelection
from operators.film_candidates import film_candidates_task
from operators.sample_films.films import render_sample_films
from operators.scan import ScanFiles, ScanSettings, scan_film
from operators.select import SelectSettings
from operators.split import SplitSettings


@pytest.mark.slow
def test_many_films_are_done_in_one_task_each_into_its_own_file(tmp_path: Path) -> None:
    films = []
    for number, film in enumerate(render_sample_films(tmp_path, ["01-quiet-morning", "04-night-garage"])):
        base = tmp_path / str(number)
        files = ScanFiles.named(base)
        scan_film(film, f"{number}" * 64, ScanSettings(network="none"), files)
        films.append({"scan": str(files.scan), "signals": str(files.signals), "out": str(base.with_suffix(".out"))})
    settings = SelectSettings.model_validate({"filter": {"duration": {"min": 1, "max": 20}}})
    answer = film_candidates_task(
        {
            "films": films,
            "split": SplitSettings().model_dump(mode="json"),
            "select": settings.model_dump(mode="json"),
        }
    )
    found = [FilmSelection.model_validate_json(Path(film["out"]).read_bytes()) for film in films]
    assert [film.sha256[0] for film in found] == ["0", "1"]
    candidates = [row for film in found for row in film.candidates]
    assert answer == {"candidates": len(candidates)} and candidates
    assert all(len(row.hashes) == len(row.plan.shots) and all(map(len, row.hashes)) for row in candidates)
