"""Adds films up and tells figures with their intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.film_bootstrap import Floats, Interval, f1, interval, share
from benchmarks.shot_scoring import CRITERIA, GROUPS, MARGINS, Counts, FilmScore, Gap, Margin, iou, score_film


@dataclass(frozen=True)
class Figure:
    """A figure over all films and its 95 % bootstrap interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Ranges:
    """How well ranges of true gradual transitions of one kind are found, over those that a found range meets.

    ``exact``: share with both ends right; ``near``: share with both within two frames; ``mean_of_all``: mean IoU over
    all ``true`` ones, one missed or called a hard cut counted as 0.
    """

    kind: str
    true: int
    matched: int
    mean: Figure
    median: float
    mean_of_all: Figure
    exact: float
    near: float


class Benchmark:
    """One detector's scores on a set of films."""

    def __init__(self) -> None:
        self.by_film: list[FilmScore] = []

    def add(self, truth: Sequence[Gap], found: Sequence[Gap], frames: int) -> None:
        """One film of ``frames`` frames."""
        self.by_film.append(score_film(truth, found, frames))

    @property
    def films(self) -> int:
        return len(self.by_film)

    @property
    def transitions(self) -> int:
        return self._sum("0", "all").true

    @property
    def named(self) -> int:
        """Matches (overlap) that have the right kind."""
        return sum(film.named for film in self.by_film)

    @property
    def scores(self) -> dict[tuple[str, str], Counts]:
        """Counts by criterion and kind, criteria in order, groups before kinds."""
        kinds = sorted({kind for film in self.by_film for _, kind in film.counts} - set(GROUPS))
        return {(name, kind): self._sum(name, kind) for name in CRITERIA for kind in (*GROUPS, *kinds)}

    def _sum(self, criterion: str, kind: str) -> Counts:
        return sum((film.counts.get((criterion, kind), Counts()) for film in self.by_film), Counts())

    @property
    def kinds(self) -> dict[str, int]:
        """True transitions by kind."""
        told = {kind: counts.true for (name, kind), counts in self.scores.items() if name == "0" and kind not in GROUPS}
        return {kind: true for kind, true in told.items() if true}

    @property
    def overlaps(self) -> list[float]:
        """IoU of gradual transitions that were found as such."""
        return [iou(one, two) for film in self.by_film for one, two in film.ranges]

    @property
    def leaked(self) -> dict[tuple[Margin, str], int]:
        total: dict[tuple[Margin, str], int] = defaultdict(int)
        for film in self.by_film:
            for key, count in film.leaked.items():
                total[key] += count
        return total

    @property
    def lost(self) -> dict[Margin, int]:
        return {margin: sum(film.lost[margin] for film in self.by_film) for margin in MARGINS}

    @property
    def clean(self) -> int:
        return sum(film.clean for film in self.by_film)

    def recall(self, criterion: str, kind: str) -> Figure:
        told = self._columns(criterion, kind)
        return Figure(self._sum(criterion, kind).recall, interval(told[:, :2], share))

    def precision(self, criterion: str, kind: str) -> Figure:
        told = self._columns(criterion, kind)
        return Figure(self._sum(criterion, kind).precision, interval(told[:, 2:], share))

    def f1(self, criterion: str, kind: str) -> Figure:
        return Figure(self._sum(criterion, kind).f1, interval(self._columns(criterion, kind), f1))

    def leaks(self, margin: Margin) -> Figure:
        """Share of true transitions of which a frame, or the cut, stays inside a shot."""
        return self._share(
            lambda film: sum(count for (wide, _), count in film.leaked.items() if wide == margin),
            partial(_true, kind="all"),
        )

    def ranges(self, kind: str = "gradual") -> Ranges | None:
        """None if no true gradual transition of the kind was found as a range."""
        pairs = [pair for film in self.by_film for pair in _pairs(film, kind)]
        if not pairs:
            return None
        ends = [max(abs(one.start - two.start), abs(one.end - two.end)) for one, two in pairs]
        return Ranges(
            kind=kind,
            true=self._sum("0", kind).true,
            matched=len(pairs),
            mean=self._share(partial(_total_iou, kind=kind), lambda film: len(_pairs(film, kind))),
            median=float(np.median([iou(one, two) for one, two in pairs])),
            mean_of_all=self._share(partial(_total_iou, kind=kind), lambda film: _true(film, kind)),
            exact=float(np.mean([end == 0 for end in ends])),
            near=float(np.mean([end <= 2 for end in ends])),
        )

    def _columns(self, criterion: str, kind: str) -> Floats:
        """``(films, 4)``: matched, true, right, found."""
        told = [film.counts.get((criterion, kind), Counts()) for film in self.by_film]
        return np.array([(each.matched, each.true, each.right, each.found) for each in told], np.float64).reshape(-1, 4)

    def _share(self, part: Callable[[FilmScore], float], whole: Callable[[FilmScore], float]) -> Figure:
        told = np.array([(part(film), whole(film)) for film in self.by_film], np.float64).reshape(-1, 2)
        total = told.sum(axis=0)
        return Figure(float(total[0] / total[1]) if total[1] else float("nan"), interval(told, share))


def _pairs(film: FilmScore, kind: str) -> list[tuple[Gap, Gap]]:
    return [(one, two) for one, two in film.ranges if one.belongs_to(kind)]


def _total_iou(film: FilmScore, kind: str) -> float:
    return sum(iou(one, two) for one, two in _pairs(film, kind))


def _true(film: FilmScore, kind: str) -> int:
    return film.counts.get(("0", kind), Counts()).true
