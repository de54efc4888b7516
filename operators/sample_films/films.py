"""Renders the demo set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from operators.sample_films.demo_films import DEMO_FILMS
from operators.sample_films.plans import FilmPlan, plan_sha256
from operators.sample_films.render import film_name, render_film
from operators.sample_films.truth import read_truth

Progress = Callable[[str, int, int], None]
"""Called after each film with its file name, the number of films done, and the number of films."""


def render_sample_films(
    folder: Path, names: Sequence[str] | None = None, *, progress: Progress | None = None
) -> list[Path]:
    """The paths of the demo films in ``folder``, each with its truth beside it. What is there is not rendered again.

    ``names`` chooses films by their file name without extension; ``None`` means all.
    Raises ``ValueError`` for an unknown one.
    """
    plans = _chosen(names)
    folder.mkdir(parents=True, exist_ok=True)
    films = []
    for done, plan in enumerate(plans, start=1):
        path = folder / film_name(plan)
        if not is_rendered(plan, path):
            render_film(plan, path)
        films.append(path)
        if progress is not None:
            progress(path.name, done, len(plans))
    return films


def is_rendered(plan: FilmPlan, path: Path) -> bool:
    """Whether ``path`` was made from this very plan: the truth, written last, says so."""
    try:
        return path.is_file() and read_truth(path).plan_sha256 == plan_sha256(plan)
    except (FileNotFoundError, ValidationError):
        return False


def _chosen(names: Sequence[str] | None) -> list[FilmPlan]:
    known = {plan.name: plan for plan in DEMO_FILMS}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise ValueError(f"no sample film is called {unknown[0]!r}; there are: {', '.join(known)}")
    return list(DEMO_FILMS) if names is None else [known[name] for name in names]
