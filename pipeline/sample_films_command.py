"""``shotloom sample-films``: render the demo films, unless they are there already."""

from __future__ import annotations

from pathlib import Path

from operators.sample_films.films import render_sample_films
from pipeline.progress import Reporter


def render(folder: Path) -> None:
    reporter = Reporter()
    films = render_sample_films(folder)
    reporter.say(f"sample films: {len(films)} in {folder}, each with its truth as JSON beside it")
