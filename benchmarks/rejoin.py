"""What undoing false cuts by likeness (``stitch.rejoin``) would undo, on films to develop on (``development_set.py``).

    python -m benchmarks.rejoin FOLDER [--look views|plates|salon]

Every cut that the detector finds at any confidence is true, false, or near a transition, which is not counted. By its confidence
and by how alike the ``layout`` embedder finds the frames beside it, the table says how many true and how many false ones each limit
would undo. The network is not asked.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2

from benchmarks.development_set import LOOKS, StoredFilm, read_film
from benchmarks.shot_scoring import Gap
from operators.film_network import NoNetwork
from operators.film_splitter import Boundary, FilmSplitter
from operators.layout_embedding import layout_similarity
from operators.split import FLOOR

NEAR = 2
BATCH = 50
CONFIDENCES = (FLOOR, 0.3, 0.5, 0.7, 1.0)
LIMITS = (0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class FoundCut:
    """``true``: the film has a cut exactly there. ``similarity`` of the frames beside it, 1 for equal ones."""

    confidence: float
    similarity: float
    true: bool


def found_cuts(film: StoredFilm) -> Iterator[FoundCut]:
    """Cuts that touch a true transition without being one teach nothing about likeness, and are left out."""
    splitter = FilmSplitter(film.fps, NoNetwork())
    found = [each for at in range(0, len(film.small), BATCH) for each in splitter.feed(film.small[at : at + BATCH])]
    for boundary in (*found, *splitter.finish()):
        true = Gap("cut", *boundary.transition.frames) in film.truth
        if (
            boundary.transition.kind == "cut"
            and boundary.before
            and boundary.after
            and (true or _apart(film, boundary))
        ):
            alike = layout_similarity(boundary.before, boundary.after)
            yield FoundCut(boundary.transition.confidence, alike, true)


def _apart(film: StoredFilm, boundary: Boundary) -> bool:
    start, end = boundary.transition.frames
    return not any(gap.start - NEAR <= end and start <= gap.end + NEAR for gap in (*film.truth, *film.edges))


def undone(cuts: Sequence[FoundCut], least: float, below: float, limit: float) -> tuple[int, int]:
    """True and false cuts with a confidence in ``[least, below)`` (1 is below 1) that are at least ``limit`` alike."""
    alike = [cut for cut in _between(cuts, least, below) if cut.similarity >= limit]
    true = sum(cut.true for cut in alike)
    return true, len(alike) - true


def _between(cuts: Sequence[FoundCut], least: float, below: float) -> list[FoundCut]:
    return [cut for cut in cuts if least <= cut.confidence < below or cut.confidence == below == 1]


def table(cuts: Sequence[FoundCut]) -> str:
    limits = [f"undone at {limit}: true, false" for limit in LIMITS]
    lines = [f"| confidence | true | false | {' | '.join(limits)} |", "|---" * (3 + len(LIMITS)) + "|"]
    for least, below in pairwise(CONFIDENCES):
        own = _between(cuts, least, below)
        true = sum(cut.true for cut in own)
        cells = [", ".join(map(str, undone(cuts, least, below, limit))) for limit in LIMITS]
        lines.append(f"| {least:g} to {below:g} | {true} | {len(own) - true} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="What undoing false cuts by likeness would undo.")
    parser.add_argument("folder", type=Path, help="films that benchmarks.development_set made")
    parser.add_argument("--look", choices=LOOKS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    cuts: dict[str, list[FoundCut]] = defaultdict(list)
    for path in sorted(options.folder.glob("*.npz")):
        look = path.stem.partition("-")[0]
        if options.look in (None, look):
            cuts[look] += found_cuts(read_film(path))
    for look, own in cuts.items():
        print(f"{look}\n\n{table(own)}\n")


if __name__ == "__main__":
    main()
