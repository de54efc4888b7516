"""The books: for every stage, in = kept + dropped + failed, and what one stage keeps is what the next takes in.

Every stage's intake is told by the stage before it, by name and not by number, so that a row that went missing or came from
nowhere shows. A stage that has not run since the one before it changed is *behind*: it is no error, the next build does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from formats.ledger import Verdict
from formats.manifest import read_manifest
from pipeline.corpus_folder import MANIFEST, CorpusFolder
from pipeline.fingerprint import fingerprint

STAGE_OF_BOOKS = {
    "scan": "scan",
    "shots": "select",
    "select": "select",
    "cut": "cut",
    "annotate": "annotate",
    "pack": "pack",
}


@dataclass(frozen=True)
class StageBooks:
    """``dropped`` and ``failed`` count rows by reason. ``problems`` are sentences; ``behind`` as in the module's text."""

    name: str
    unit: str
    incoming: int
    kept: int
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    problems: tuple[str, ...] = ()
    behind: bool = False

    @property
    def failed_share(self) -> float:
        return sum(self.failed.values()) / self.incoming if self.incoming else 0.0


Rows = list[tuple[str, Verdict]]
"""``(name, verdict)`` of every row of a stage."""


def stage_books(name: str, unit: str, incoming: Iterable[str], rows: Rows, behind: bool = False) -> StageBooks:
    """Hold a stage's rows against the names of what went in."""
    expected, found = Counter(incoming), Counter(key for key, _ in rows)
    counts: dict[str, Counter[str]] = {"kept": Counter(), "dropped": Counter(), "failed": Counter()}
    for _, verdict in rows:
        counts[verdict.outcome][verdict.reason] += 1
    problems = [f"{name}: {key} went in and has no row" for key in sorted(expected - found)]
    problems += [f"{name}: {key} has a row more than went in" for key in sorted(found - expected)]
    return StageBooks(
        name=name,
        unit=unit,
        incoming=expected.total(),
        kept=counts["kept"].total(),
        dropped=counts["dropped"],
        failed=counts["failed"],
        problems=() if behind else tuple(problems),
        behind=behind,
    )


def corpus_books(folder: CorpusFolder) -> list[StageBooks]:
    """One entry per table that exists, in the order of the flow."""
    if not folder.sources.exists():
        return []
    sources = folder.sources.rows()
    books = [stage_books("scan", "films", {row.path for row in sources}, [(row.path, row.verdict) for row in sources])]
    candidates = folder.candidates.rows()
    if folder.candidates.exists():
        films = {row.sha256 for row in sources if row.verdict.outcome == "kept"}
        books += _select_books(folder, films)
    keys = _kept((row.key, row.verdict) for row in candidates)
    for name, table in (("cut", folder.clips), ("annotate", folder.annotations), ("pack", folder.packed)):
        if not table.exists():
            break
        rows = [(row.key, row.verdict) for row in table.rows()]
        behind = books[-1].behind or (table.intake() != intake_of(keys))
        books.append(stage_books(name, "clips", keys, rows, behind))
        keys = _kept(rows)
    if books[-1].name == "pack":
        books[-1] = _with_manifest(folder, books[-1], keys)
    return books


def intake_of(keys: Iterable[str]) -> str:
    """A short name for a set of keys, kept with a stage's table to tell whether the stage before it changed since."""
    return fingerprint(sorted(keys))


def imbalances(books: Iterable[StageBooks]) -> list[str]:
    """What does not add up, in sentences; empty when the books balance."""
    return [problem for stage in books for problem in stage.problems]


def _kept(rows: Iterable[tuple[str, Verdict]]) -> list[str]:
    return [key for key, verdict in rows if verdict.outcome == "kept"]


def _select_books(folder: CorpusFolder, films: set[str]) -> list[StageBooks]:
    """Shots are told by their film and number, candidates by the kept shots that name them."""
    shots = folder.shots.rows()
    rows = [(f"shot {row.shot} of {row.sha256[:16]} at {row.frames[0]}", row.verdict) for row in shots]
    behind = folder.candidates.intake() != intake_of(films)
    books = stage_books("shots", "shots", {name for name, _ in rows}, rows, behind)
    gaps = [
        f"shots: shot {number} of film {sha[:16]} has no row"
        for sha in sorted({row.sha256 for row in shots})
        for number in _missing({row.shot for row in shots if row.sha256 == sha})
    ]
    books = replace(books, problems=(*books.problems, *gaps))
    named = {row.candidate for row in shots if row.candidate}
    candidates = [(row.key, row.verdict) for row in folder.candidates.rows()]
    return [books, stage_books("select", "candidates", named, candidates, behind)]


def _missing(numbers: set[int]) -> list[int]:
    return sorted(set(range(max(numbers, default=-1) + 1)) - numbers)


def _with_manifest(folder: CorpusFolder, books: StageBooks, packed: list[str]) -> StageBooks:
    listed = {row.key for row in read_manifest(folder.store, MANIFEST)} if folder.store.exists(MANIFEST) else set()
    wrong = [f"pack: clip {key} is not in the manifest" for key in sorted(set(packed) - listed)]
    wrong += [f"pack: clip {key} is in the manifest and was not packed" for key in sorted(listed - set(packed))]
    return replace(books, problems=(*books.problems, *wrong))
