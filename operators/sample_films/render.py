"""One plan to one film, with its truth beside it."""

from __future__ import annotations

from pathlib import Path

from formats.exact_time import parse_rational
from operators.sample_films.film_frames import film_frames
from operators.sample_films.film_writer import write_film
from operators.sample_films.plans import FilmPlan
from operators.sample_films.timeline import film_timeline
from operators.sample_films.truth import FilmTruth, film_truth, truth_path


def film_name(plan: FilmPlan) -> str:
    return f"{plan.name}.{plan.encoding.container}"


def render_film(plan: FilmPlan, path: Path) -> FilmTruth:
    """Renders ``plan`` to ``path`` and then its truth to ``truth_path(path)``, each whole or not at all."""
    timeline = film_timeline(plan)
    truth = film_truth(plan, path.name)
    size = (plan.width, plan.height)
    frames = zip(film_frames(plan, timeline), timeline.pts, strict=True)
    write_film(path, size, parse_rational(plan.rate), timeline.time_base, frames, plan.encoding)
    written, aside = truth_path(path), truth_path(path).with_suffix(".part")
    written.parent.mkdir(exist_ok=True)
    aside.write_text(truth.model_dump_json(indent=1) + "\n", encoding="utf-8")
    aside.replace(written)
    return truth
