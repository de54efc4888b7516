"""Scores any shot detector's output against truth: one-to-one matches of gaps at tolerance 0, 1 and 2, per kind, with
counts.

    shotloom shots --json FILMS... > found.jsonl
    python benchmarks/shots.py found.jsonl [--truth FOLDER]

``found.jsonl`` has one object per film, as ``shots --json`` writes them. Truth is ``.truth/NAME.json`` beside a film
(rendered films), or a file in ``FOLDER`` whose ``files`` end with the film's name (annotated films). A gap is what
lies between two shots: ``[a, a]`` for a cut before frame ``a``, ``[a, b)`` for frames of their own. A found gap
matches a true one if both ends lie within the tolerance; for gradual ones intersection over union is reported as
well. ``overlap`` is how NVlabs' ShotBench and the literature count: the gaps need only meet, two frames of tolerance
given.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

TOLERANCES = (0, 1, 2)
OVERLAP_TOLERANCE = 2
MARGINS = (0, 1, 2, 3)
CRITERIA = (*(str(tolerance) for tolerance in TOLERANCES), "overlap")


@dataclass(frozen=True)
class Gap:
    """Frames ``[start, end)`` between two shots; equal for a hard cut."""

    kind: str
    start: int
    end: int

    @property
    def gradual(self) -> bool:
        return self.end > self.start


@dataclass
class Score:
    """Counts of one kind at one criterion. ``precision`` is only meaningful over all kinds."""

    matched: int = 0
    true: int = 0
    found: int = 0

    @property
    def recall(self) -> float:
        return self.matched / self.true if self.true else float("nan")

    @property
    def precision(self) -> float:
        return self.matched / self.found if self.found else float("nan")

    @property
    def f1(self) -> float:
        return 2 * self.matched / (self.true + self.found) if self.true + self.found else float("nan")


@dataclass
class Benchmark:
    """Adds films up. ``leaked[m, kind]``: true transitions of which frames stay in shots when found gaps, other than
    hard cuts, are widened by ``m`` frames; ``lost[m]``: clean frames that this takes away."""

    scores: dict[tuple[str, str], Score] = field(default_factory=lambda: defaultdict(Score))
    overlaps: list[float] = field(default_factory=list)
    leaked: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lost: dict[int, int] = field(default_factory=lambda: dict.fromkeys(MARGINS, 0))
    clean: int = 0
    transitions: int = 0
    films: int = 0

    def add(self, truth: Sequence[Gap], found: Sequence[Gap], frames: int) -> None:
        """One film of ``frames`` frames."""
        self.films += 1
        self.transitions += len(truth)
        for tolerance in TOLERANCES:
            self._count(str(tolerance), truth, found, partial(_within, near=tolerance))
        self._count("overlap", truth, found, _meet)
        pairs = match([gap for gap in truth if gap.gradual], [gap for gap in found if gap.gradual], _meet)
        self.overlaps += [iou(one, two) for one, two in pairs]
        self._leaks(truth, found, frames)

    def _count(
        self, name: str, truth: Sequence[Gap], found: Sequence[Gap], matches: Callable[[Gap, Gap], bool]
    ) -> None:
        pairs = match(truth, found, matches)
        for kind in ("all", "hard", "gradual", *sorted({gap.kind for gap in truth})):
            score = self.scores[name, kind]
            score.true += sum(_is(gap, kind) for gap in truth)
            score.found += sum(_is(gap, kind) for gap in found)
            score.matched += sum(_is(gap, kind) for gap, _ in pairs)

    def _leaks(self, truth: Sequence[Gap], found: Sequence[Gap], frames: int) -> None:
        mixed = np.zeros(frames, bool)
        for gap in truth:
            mixed[gap.start : gap.end] = True
            self.kinds[gap.kind] += 1
        self.clean += int((~mixed).sum())
        for margin in MARGINS:
            removed, borders = np.zeros(frames, bool), set()
            for gap in found:
                wide = margin if gap.gradual else 0
                removed[max(0, gap.start - wide) : gap.end + wide] = True
                borders.add(gap.start)
            for gap in truth:
                stays = ~removed[gap.start : gap.end]
                leaks = bool(stays.any()) if gap.gradual else not _removed_cut(gap, removed, borders)
                self.leaked[margin, gap.kind] += leaks
            self.lost[margin] += int((removed & ~mixed).sum())


def _removed_cut(gap: Gap, removed: np.ndarray, borders: set[int]) -> bool:
    """A hard cut leaks if it stays inside a shot: neither a border nor within removed frames."""
    return gap.start in borders or bool(removed[gap.start - 1]) or bool(removed[gap.start])


def match(truth: Sequence[Gap], found: Sequence[Gap], matches: Callable[[Gap, Gap], bool]) -> list[tuple[Gap, Gap]]:
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


def _meet(one: Gap, other: Gap) -> bool:
    return one.start <= other.end + OVERLAP_TOLERANCE and other.start <= one.end + OVERLAP_TOLERANCE


def _is(gap: Gap, kind: str) -> bool:
    return {"all": True, "hard": not gap.gradual, "gradual": gap.gradual}.get(kind, gap.kind == kind)


def rendered_truth(path: Path) -> list[Gap]:
    """Truth as the sample film renderer writes it. Gaps at the film's head and tail are no transitions."""
    told = json.loads(path.read_text())
    return [Gap(each["kind"], *each["frames"]) for each in told["transitions"]]


def annotated_truth(path: Path) -> list[Gap]:
    """Truth as annotated by hand: last frame of the outgoing shot, first frame of the incoming one."""
    told = json.loads(path.read_text())
    cuts = [Gap("cut", cut + 1, cut + 1) for cut in told["cuts"]]
    gradual = [Gap(kind, last + 1, first) for last, first, kind in told["gradual"]]
    return sorted(cuts + gradual, key=lambda gap: gap.start)


def truth_of(film: Path, folder: Path | None) -> list[Gap] | None:
    """None if nothing is known about the film."""
    beside = film.parent / ".truth" / f"{film.stem}.json"
    if beside.exists():
        return rendered_truth(beside)
    for candidate in sorted(folder.glob("*.json")) if folder else []:
        if any(_names(name, film.name) for name in json.loads(candidate.read_text()).get("files", [])):
            return annotated_truth(candidate)
    return None


def _names(told: str, film: str) -> bool:
    """``told`` is a path, and may say which of several video streams it means; the default one is meant here."""
    path, _, stream = told.partition(" (")
    return path.endswith(film) and stream in ("", "default video stream)")


def table(benchmark: Benchmark) -> str:
    """What is printed: a line per criterion and kind, then overlap of gradual ones and leaks per margin.

    Matches are counted by the true kind, so precision and F1 say most over all kinds and for hard against gradual.
    """
    lines = [f"{benchmark.films} films, {benchmark.transitions} transitions", ""]
    lines.append(
        f"{'criterion':<10}{'kind':<10}{'true':>6}{'found':>7}{'matched':>9}{'recall':>8}{'prec.':>8}{'F1':>8}"
    )
    for name, kind in sorted(benchmark.scores, key=lambda key: CRITERIA.index(key[0])):
        score = benchmark.scores[name, kind]
        lines.append(
            f"{name:<10}{kind:<10}{score.true:>6}{score.found:>7}{score.matched:>9}"
            f"{score.recall:>8.3f}{score.precision:>8.3f}{score.f1:>8.3f}"
        )
    if benchmark.overlaps:
        lines.append(f"\ngradual, matched {len(benchmark.overlaps)}: mean IoU {np.mean(benchmark.overlaps):.3f}")
    for margin in MARGINS:
        lost = benchmark.lost[margin] / max(1, benchmark.clean)
        leaks = {kind: benchmark.leaked[margin, kind] for kind in sorted(benchmark.kinds)}
        share = sum(leaks.values()) / max(1, benchmark.transitions)
        by_kind = ", ".join(f"{kind} {count} of {benchmark.kinds[kind]}" for kind, count in leaks.items())
        lines.append(f"margin {margin}: {share:.2%} of transitions leak ({by_kind}); clean frames lost {lost:.2%}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="score a shot detector against truth")
    parser.add_argument("found", type=Path, help="one JSON object per film, as `shotloom shots --json` writes them")
    parser.add_argument("--truth", type=Path, help="folder of annotated truth")
    arguments = parser.parse_args()
    benchmark = Benchmark()
    for line in arguments.found.read_text().splitlines():
        told = json.loads(line)
        truth = truth_of(Path(told["path"]), arguments.truth)
        if truth is not None and not told["error"]:
            found = [Gap(each["kind"], *each["frames"]) for each in told["transitions"]]
            benchmark.add(truth, found, told["frames"])
    print(table(benchmark))


if __name__ == "__main__":
    main()
