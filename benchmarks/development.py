"""What the detector makes of the development films (``development_set.py``), from pictures alone, look by look.

    python -m benchmarks.development FOLDER [--weights FILE] [--look views|plates|salon] [--list]

``--list`` names every miss, leak and false alarm.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from benchmarks.development_set import LOOKS, StoredFilm, read_film
from benchmarks.shot_scoring import DEFAULT_MARGIN, FilmScore, Gap, iou, match, score_film
from operators import candidate_network, gradual_network
from operators.film_network import NoNetwork
from operators.film_splitter import FilmSplitter
from operators.split import SplitSettings

BATCH = 50


@dataclass
class Tally:
    """Sums over films. ``alarms``: what was found in films of one shot, ``seconds`` long."""

    scores: list[FilmScore] = field(default_factory=list)
    alarms: Counter[str] = field(default_factory=Counter)
    alarmed: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __str__(self) -> str:
        hard, gradual = (self._sum(name, kind) for name, kind in (("0", "hard"), ("overlap", "gradual")))
        every = self._sum("overlap", "all")
        overlaps = [iou(one, other) for score in self.scores for one, other in score.ranges]
        leaked = {
            kind: sum(score.leaked[DEFAULT_MARGIN, kind] for score in self.scores)
            for kind in ("cut", "dissolve", "fade", "wipe")
        }
        lost = sum(score.lost[DEFAULT_MARGIN] for score in self.scores) / max(
            1, sum(score.clean for score in self.scores)
        )
        rate = self.alarms.total() / max(self.seconds, 1e-9) * 600
        return (
            f"{len(self.scores)} films: hard {hard[0]}/{hard[1]} of {hard[2]} found, F1 {_f1(hard):.4f}; all F1 {_f1(every):.4f}; "
            f"gradual {gradual[0]}/{gradual[1]}, IoU {np.mean(overlaps) if overlaps else 0:.3f}; "
            f"leaks {sum(leaked.values())} {leaked} ({sum(leaked.values()) / max(1, every[1]):.2%}), clean lost {lost:.2%}\n"
            f"    one shot, {self.seconds / 60:.1f} minutes: {self.alarms.total()} {dict(sorted(self.alarms.items()))} in "
            f"{len(self.alarmed)} films, {rate:.1f} per 10 minutes"
        )

    def _sum(self, criterion: str, kind: str) -> tuple[int, int, int]:
        counts = [score.counts[criterion, kind] for score in self.scores]
        return (
            sum(each.matched for each in counts),
            sum(each.true for each in counts),
            sum(each.found for each in counts),
        )


def _f1(counts: tuple[int, int, int]) -> float:
    return 2 * counts[0] / max(1, counts[1] + counts[2])


def found_in(film: StoredFilm) -> list[Gap]:
    """Accepted transitions, without those that touch the film's ends."""
    splitter, settings = FilmSplitter(film.fps, NoNetwork()), SplitSettings()
    boundaries = [
        each for at in range(0, len(film.small), BATCH) for each in splitter.feed(film.small[at : at + BATCH])
    ]
    every = [boundary.transition for boundary in boundaries + splitter.finish()]
    accepted = [each for each in every if each.confidence >= getattr(settings, each.kind)]
    gaps = [Gap(each.kind, *each.frames) for each in accepted]
    return [gap for gap in gaps if not gap.gradual or (gap.start > 0 and gap.end < len(film.small))]


def add(tally: Tally, film: StoredFilm, found: Sequence[Gap]) -> None:
    if film.truth:
        tally.scores.append(score_film(film.truth, found, len(film.small)))
        return
    tally.seconds += len(film.small) / film.fps
    tally.alarms.update(gap.kind for gap in found)
    if found:
        tally.alarmed[film.name] += len(found)


def faults(film: StoredFilm, found: Sequence[Gap]) -> Iterable[str]:
    """Every miss, leak and false alarm, in words."""
    pairs = match(film.truth, found, lambda one, other: one.start <= other.end + 2 and other.start <= one.end + 2)
    told, hit = dict(pairs), {other for _, other in pairs}
    for gap in film.truth:
        if gap not in told:
            yield f"{film.name} MISSED {gap.kind} {gap.start} {gap.end}"
        elif _stays(gap, found):
            yield f"{film.name} LEAK {gap.kind} {gap.start} {gap.end} found {told[gap].kind} {told[gap].start} {told[gap].end}"
    for gap in found:
        if gap not in hit:
            yield f"{film.name} FALSE {gap.kind} {gap.start} {gap.end}"


def _stays(gap: Gap, found: Sequence[Gap]) -> bool:
    covered: set[int] = set()
    for other in found:
        wide = DEFAULT_MARGIN.around(other)
        covered.update(range(other.start - wide, other.end + wide))
    return gap.gradual and not covered.issuperset(range(gap.start, gap.end))


def main() -> None:
    parser = argparse.ArgumentParser(description="Judge the detector on the development films.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, help="of the gradual network, instead of the shipped ones")
    parser.add_argument("--candidate-weights", type=Path, help="of the candidate network, likewise")
    parser.add_argument("--look", choices=LOOKS)
    parser.add_argument("--list", action="store_true", help="name every fault")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.weights is not None:
        gradual_network.WEIGHTS = options.weights
    if options.candidate_weights is not None:
        candidate_network.WEIGHTS = options.candidate_weights
    tallies: dict[str, Tally] = defaultdict(Tally)
    for path in sorted(options.folder.glob("*.npz")):
        look = path.stem.partition("-")[0]
        if options.look in (None, look):
            film = read_film(path)
            found = found_in(film)
            add(tallies[f"{look}, even" if "-unbroken-" in film.name else look], film, found)
            if options.list:
                print(*faults(film, found), sep="\n", end="\n")
    for look, tally in tallies.items():
        print(f"{look}: {tally}")


if __name__ == "__main__":
    main()
