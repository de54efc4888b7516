"""One film's found gaps against its true ones: one-to-one matches, ranges and leaks, as counts that can be added up.

A gap is what lies between two shots: ``[a, a]`` for a cut before frame ``a``, ``[a, b)`` for frames of their own. At
tolerance n a found gap matches a true one if both ends lie within n frames. At ``iou`` the intersection over union of the
two, each with the clean frame on either side (so that a cut has two frames), is at least a half: a cut must be exact, a
long range may be a little off. At ``overlap`` the gaps need only meet, two frames given, which is how NVlabs' ShotBench
and the literature count. Matching is blind to kinds: a dissolve found as a
wipe is found. A kind's recall is over true gaps of that kind, whatever they were called; its precision is over found
gaps called so, whatever they were.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from operators.defade import SLOW_ENDED, DefadeSettings

TOLERANCES = (0, 1, 2)
OVERLAP_TOLERANCE = 2


class Margin(NamedTuple):
    """What is kept away from found gradual gaps, on both sides: ``frames``, and of a dissolve or wipe ``percent`` of its length
    more, rounded up (``operators/defade.py``)."""

    frames: int
    percent: int

    def around(self, gap: Gap) -> int:
        longer = gap.kind in SLOW_ENDED
        return self.frames + (-(-(gap.end - gap.start) * self.percent // 100) if longer else 0) if gap.gradual else 0

    def __str__(self) -> str:
        return f"{self.frames} + {self.percent} %" if self.percent else str(self.frames)


DEFAULT_MARGIN = Margin(DefadeSettings().margin, DefadeSettings().margin_percent)
MARGINS = (*(Margin(frames, 0) for frames in range(4)), DEFAULT_MARGIN)
LEAST_IOU = 0.5
CRITERIA = (*(str(tolerance) for tolerance in TOLERANCES), "iou", "overlap")
GROUPS = ("all", "hard", "gradual")


@dataclass(frozen=True)
class Gap:
    """Frames ``[start, end)`` between two shots; equal for a hard cut."""

    kind: str
    start: int
    end: int

    @property
    def gradual(self) -> bool:
        return self.end > self.start

    def belongs_to(self, kind: str) -> bool:
        """Whether the gap is of this kind or group: all, hard (no frames of its own), gradual, or its own kind."""
        return {"all": True, "hard": not self.gradual, "gradual": self.gradual}.get(kind, self.kind == kind)


Matches = Callable[[Gap, Gap], bool]


@dataclass(frozen=True)
class Counts:
    """``matched``: true gaps of a kind that were found; ``right``: found gaps called so that match a true one."""

    true: int = 0
    matched: int = 0
    found: int = 0
    right: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.true + other.true, self.matched + other.matched, self.found + other.found, self.right + other.right
        )

    @property
    def recall(self) -> float:
        return self.matched / self.true if self.true else float("nan")

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 if nothing matches; undefined if there is nothing to find or judge, or
        if all that was found of a kind was called otherwise."""
        if not self.matched and not self.right and self.true + self.found:
            return 0.0
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass
class FilmScore:
    """``counts[criterion, kind]``. ``ranges``: true and found gradual gaps that meet. ``named``: matches (overlap) of the
    same kind. ``leaked[margin, kind]``: true gaps of which frames stay in shots when found gradual gaps are widened by
    ``margin``; ``lost[margin]``: clean frames that this takes away, of ``clean``."""

    counts: dict[tuple[str, str], Counts] = field(default_factory=lambda: defaultdict(Counts))
    ranges: list[tuple[Gap, Gap]] = field(default_factory=list)
    named: int = 0
    leaked: dict[tuple[Margin, str], int] = field(default_factory=lambda: defaultdict(int))
    lost: dict[Margin, int] = field(default_factory=lambda: dict.fromkeys(MARGINS, 0))
    clean: int = 0


def score_film(truth: Sequence[Gap], found: Sequence[Gap], frames: int) -> FilmScore:
    """Scores one film of ``frames`` frames."""
    score = FilmScore()
    kinds = (*GROUPS, *sorted({gap.kind for gap in (*truth, *found)}))
    for criterion in CRITERIA:
        pairs = match(truth, found, _matcher(criterion))
        for kind in kinds:
            score.counts[criterion, kind] = _counts(truth, found, pairs, kind)
        if criterion == "overlap":
            score.named = sum(one.kind == other.kind for one, other in pairs)
    score.ranges = match([gap for gap in truth if gap.gradual], [gap for gap in found if gap.gradual], _meet)
    _count_leaks(score, truth, found, frames)
    return score


def _matcher(criterion: str) -> Matches:
    if criterion.isdigit():
        return partial(_within, near=int(criterion))
    return _overlap_mostly if criterion == "iou" else _meet


def _counts(truth: Sequence[Gap], found: Sequence[Gap], pairs: Sequence[tuple[Gap, Gap]], kind: str) -> Counts:
    return Counts(
        true=sum(gap.belongs_to(kind) for gap in truth),
        matched=sum(gap.belongs_to(kind) for gap, _ in pairs),
        found=sum(gap.belongs_to(kind) for gap in found),
        right=sum(gap.belongs_to(kind) for _, gap in pairs),
    )


def match(truth: Sequence[Gap], found: Sequence[Gap], matches: Matches) -> list[tuple[Gap, Gap]]:
    """The largest one-to-one assignment; among equals the one with the nearest ends."""
    if not truth or not found:
        return []
    cost = np.full((len(truth), len(found)), 1e6)
    for row, one in enumerate(truth):
        for column, other in enumerate(found):
            if matches(one, other):
                cost[row, column] = abs(one.start - other.start) + abs(one.end - other.end)
    rows, columns = linear_sum_assignment(cost)
    return [(truth[r], found[c]) for r, c in zip(rows, columns, strict=True) if cost[r, c] < 1e6]


def iou(one: Gap, other: Gap) -> float:
    """Intersection over union of two gaps' frames."""
    shared = max(0, min(one.end, other.end) - max(one.start, other.start))
    return shared / max(1, max(one.end, other.end) - min(one.start, other.start))


def _within(one: Gap, other: Gap, near: int) -> bool:
    return abs(one.start - other.start) <= near and abs(one.end - other.end) <= near


def _overlap_mostly(one: Gap, other: Gap) -> bool:
    return iou(_with_borders(one), _with_borders(other)) >= LEAST_IOU


def _with_borders(gap: Gap) -> Gap:
    return Gap(gap.kind, gap.start - 1, gap.end + 1)


def _meet(one: Gap, other: Gap) -> bool:
    return one.start <= other.end + OVERLAP_TOLERANCE and other.start <= one.end + OVERLAP_TOLERANCE


def _count_leaks(score: FilmScore, truth: Sequence[Gap], found: Sequence[Gap], frames: int) -> None:
    mixed = np.zeros(frames, bool)
    for gap in truth:
        mixed[gap.start : gap.end] = True
    score.clean = int((~mixed).sum())
    for margin in MARGINS:
        removed, borders = np.zeros(frames, bool), set()
        for gap in found:
            wide = margin.around(gap)
            removed[max(0, gap.start - wide) : gap.end + wide] = True
            borders.add(gap.start)
        for gap in truth:
            stays = ~removed[gap.start : gap.end]
            leaks = bool(stays.any()) if gap.gradual else not _removed_cut(gap, removed, borders)
            score.leaked[margin, gap.kind] += leaks
        score.lost[margin] += int((removed & ~mixed).sum())


def _removed_cut(gap: Gap, removed: npt.NDArray[np.bool_], borders: set[int]) -> bool:
    """A hard cut leaks if it stays inside a shot: neither a border nor within removed frames."""
    return gap.start in borders or bool(removed[gap.start - 1]) or bool(removed[gap.start])
