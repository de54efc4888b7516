"""The books: for every stage, in = kept + dropped + failed, and what one stage keeps is what the next takes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from formats.ledger import Verdict
from formats.manifest import read_manifest
from pipeline.corpus_folder import MANIFEST, CorpusFolder


@dataclass(frozen=True)
class StageBooks:
    """``dropped`` and ``failed`` count rows by reason."""

    name: str
    unit: str
    incoming: int
    kept: int
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    @property
    def failed_share(self) -> float:
        return sum(self.failed.values()) / self.incoming if self.incoming else 0.0

    def balanced(self) -> bool:
        return self.incoming == self.kept + sum(self.dropped.values()) + sum(self.failed.values())


def stage_books(name: str, unit: str, incoming: int, verdicts: Iterable[Verdict]) -> StageBooks:
    kept = 0
    dropped: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for verdict in verdicts:
        if verdict.outcome == "kept":
            kept += 1
        elif verdict.outcome == "dropped":
            dropped[verdict.reason] += 1
        else:
            failed[verdict.reason] += 1
    return StageBooks(name, unit, incoming, kept, dropped, failed)


def corpus_books(folder: CorpusFolder) -> list[StageBooks]:
    """One entry per table that exists, in the order of the flow. Incoming counts come from the table *before*, so a row
    that went missing on the way shows."""
    books: list[StageBooks] = []
    sources = folder.sources.rows()
    if folder.sources.exists():
        books.append(stage_books("scan", "films", len(sources), (row.verdict for row in sources)))
    if folder.shots.exists():
        shots = folder.shots.rows()
        books.append(stage_books("shots", "shots", len(shots), (row.verdict for row in shots)))
    if folder.candidates.exists():
        candidates = folder.candidates.rows()
        books.append(stage_books("select", "candidates", len(candidates), (row.verdict for row in candidates)))
    if folder.clips.exists():
        books.append(
            stage_books(
                "cut",
                "clips",
                sum(row.verdict.outcome == "kept" for row in folder.candidates.rows()),
                (row.verdict for row in folder.clips.rows()),
            )
        )
    if folder.annotations.exists():
        made = sum(row.verdict.outcome == "kept" for row in folder.clips.rows())
        verdicts = (row.verdict for row in folder.annotations.rows())
        books.append(stage_books("annotate", "clips", made, verdicts))
    if folder.packed.exists():
        annotated = sum(row.verdict.outcome == "kept" for row in folder.annotations.rows())
        books.append(stage_books("pack", "clips", annotated, (row.verdict for row in folder.packed.rows())))
    return books


def imbalances(folder: CorpusFolder) -> list[str]:
    """What does not add up, in sentences; empty when the books balance."""
    books = {stage.name: stage for stage in corpus_books(folder)}
    problems = [
        f"{stage.name}: {stage.incoming} {stage.unit} went in, but {stage.kept} kept + {sum(stage.dropped.values())} "
        f"dropped + {sum(stage.failed.values())} failed came out"
        for stage in books.values()
        if not stage.balanced()
    ]
    for before, after in (("select", "cut"), ("cut", "annotate"), ("annotate", "pack")):
        if before in books and after in books and books[before].kept != books[after].incoming:
            problems.append(
                f"{before} kept {books[before].kept} {books[before].unit}, but {after} took in {books[after].incoming}"
            )
    return problems + _key_problems(folder) + _manifest_problems(folder)


def _key_problems(folder: CorpusFolder) -> list[str]:
    keys = [row.key for row in folder.candidates.rows()]
    return [f"select: candidate {key} appears {n} times" for key, n in Counter(keys).items() if n > 1]


def _manifest_problems(folder: CorpusFolder) -> list[str]:
    if not folder.packed.exists():
        return []
    packed = {row.key for row in folder.packed.rows() if row.verdict.outcome == "kept"}
    listed = {row.key for row in read_manifest(folder.store, MANIFEST)} if folder.store.exists(MANIFEST) else set()
    return [
        f"pack: clip {key} is {'not ' if key in packed else 'only '}in the manifest" for key in sorted(packed ^ listed)
    ]
