"""The frozen benchmark set of rendered films: which they are, the hashes that pin them, and a resumable renderer.

The plans are pinned by ``PLANS_SHA256``, so nothing about the set can change unseen after a detector was tuned. What
is tuned is tuned on the half ``tune``; figures are reported on the half ``test``. Frames depend on the versions of
OpenCV, NumPy and the encoders, so ``FRAMES_SHA256`` pins a few films, decoded, for ``FRAMES_MADE_WITH``.

    python -m benchmarks.shot_set FOLDER [--half tune|test] [--limit N]
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import av

from operators.sample_films.films import is_rendered
from operators.sample_films.plans import FilmPlan, Half, plan_json
from operators.sample_films.random_film import random_film
from operators.sample_films.render import film_name, render_film

BENCHMARK_FAMILIES = ("plain", "gradual", "restless", "dark", "alike", "short", "rates")
BENCHMARK_SEEDS: dict[Half, range] = {"tune": range(1000, 1015), "test": range(2000, 2015)}

PLANS_SHA256 = "a49901ce328a97b449e0e1af435a9570637dadcb0dfef756e6ae99d580cfd996"
FRAMES_MADE_WITH = {
    "av": "18.1.0",
    "numpy": "2.4.6",
    "opencv-python-headless": "5.0.0.93",
    "scikit-image": "0.26.0",
    "scikit-learn": "1.9.1",
}
FRAMES_SHA256 = {
    "tune-short-01014": "6a61e8fd49ba43b0603a987ebd376fe3cd6217d014b35bef556fdb41e1817d61",
    "tune-short-01001": "50cdc0ce842f027706325be80701ef9117dafb78046776bc8af5fcf23c3ed930",
    "test-short-02002": "06ffa0f333fbc1d7a7f245323cc7988e7f068afc3749893ffa73553725ca79fc",
    "test-short-02004": "bf4fb23f9c7f9aa1466960bbce799294fb502cfed0f70ef95db6ac3bb9f4f2e3",
}


def benchmark_plans(half: Half | None = None) -> list[FilmPlan]:
    """All plans of the set, or those of one half; any number of the first ones has every family in it evenly."""
    halves = list(BENCHMARK_SEEDS) if half is None else [half]
    longest = max(len(BENCHMARK_SEEDS[name]) for name in halves)
    return [
        random_film(BENCHMARK_SEEDS[name][place], name, family)
        for place in range(longest)
        for family in BENCHMARK_FAMILIES
        for name in halves
    ]


def plans_sha256(plans: Iterable[FilmPlan]) -> str:
    """One hash over the canonical JSON of the plans, one per line."""
    return hashlib.sha256("".join(plan_json(plan) + "\n" for plan in plans).encode()).hexdigest()


def render_benchmark(folder: Path, half: Half | None = None, limit: int | None = None) -> list[Path]:
    """Renders the set into ``folder/tune`` and ``folder/test``; films that are there are kept. Returns all paths."""
    return render_plans(benchmark_plans(half)[:limit], folder)


def render_plans(plans: Iterable[FilmPlan], folder: Path) -> list[Path]:
    """Renders each into ``folder`` under its half's name, with its truth beside it; films that are there are kept."""
    films = []
    for plan in plans:
        path = folder / plan.half / film_name(plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_rendered(plan, path):
            render_film(plan, path)
        films.append(path)
    return films


def decoded_sha256(film: Path) -> str:
    """One hash over all decoded frames, as RGB."""
    digest = hashlib.sha256()
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray(format="rgb24").tobytes())
    return digest.hexdigest()


def frame_versions() -> dict[str, str]:
    """The versions that decide what the frames look like."""
    return {name: version(name) for name in ("av", "numpy", "opencv-python-headless", "scikit-image", "scikit-learn")}


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the frozen benchmark set.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=list(BENCHMARK_SEEDS))
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    films = render_benchmark(options.folder, options.half, options.limit)
    print(f"{len(films)} films in {options.folder}")


if __name__ == "__main__":
    main()
