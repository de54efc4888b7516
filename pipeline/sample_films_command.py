"""``shotloom sample-films``: render the demo films, unless they are there already."""

from __future__ import annotations

from pathlib import Path

from operators.sample_films.demo_films import DEMO_FILMS
from operators.sample_films.films import render_sample_films
from operators.sample_films.truth import TRUTH_FOLDER
from pipeline.progress import Reporter


def render(folder: Path) -> None:
    reporter = Reporter()
    with reporter.stage("render", "films", len(DEMO_FILMS), 0) as advance:
        films = render_sample_films(folder, progress=lambda name, done, total: advance())
    reporter.say(f"sample films: {len(films)} in {folder}, their truth as JSON in {folder / TRUTH_FOLDER}")
