"""The books of select, counted in columns: a corpus has millions of shots, and seldom one that does not add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from formats.ledger import Verdict
from pipeline.corpus_folder import CorpusFolder
from pipeline.stage_books import StageBooks, intake_of, stage_books


def select_books(folder: CorpusFolder, films: set[str]) -> list[StageBooks]:
    """Shots are told by their film and number, candidates by the kept shots that name them."""
    behind = folder.candidates.intake() != intake_of(films)
    undecided = folder.decisions.intake() != folder.candidates.fingerprint()
    return [_shot_books(folder, behind), _candidate_books(folder, behind or undecided)]


def kept_candidates(folder: CorpusFolder) -> list[str]:
    """Keys of the candidates that are to be cut."""
    table = folder.decisions.columns(["key", "verdict.outcome"])
    return [str(key) for key in table["key"].filter(pc.equal(table["outcome"], "kept")).to_pylist()]


def _shot_books(folder: CorpusFolder, behind: bool) -> StageBooks:
    columns = ["sha256", "shot", "frames", "verdict.outcome", "verdict.reason"]
    table = folder.shots.columns(columns)
    numbers = table.group_by("sha256").aggregate([("shot", "count_distinct"), ("shot", "max")])
    whole = pc.all(pc.equal(numbers["shot_count_distinct"], pc.add(numbers["shot_max"], 1))).as_py() is not False
    distinct = table.group_by(["sha256", "shot", "frames"]).aggregate([]).num_rows
    if behind or (whole and distinct == table.num_rows):
        return _counted("shots", "shots", table, behind)
    rows = folder.shots.rows()
    named = [(f"shot {row.shot} of {row.sha256[:16]} at {row.frames[0]}", row.verdict) for row in rows]
    books = stage_books("shots", "shots", {name for name, _ in named}, named)
    gaps = [
        f"shots: shot {number} of film {sha[:16]} has no row"
        for sha in sorted({row.sha256 for row in rows})
        for number in _missing({row.shot for row in rows if row.sha256 == sha})
    ]
    return replace(books, problems=(*books.problems, *gaps))


def _candidate_books(folder: CorpusFolder, behind: bool) -> StageBooks:
    table = folder.decisions.columns(["key", "verdict.outcome", "verdict.reason"])
    decided = np.sort(np.asarray(table["key"].to_pylist(), dtype=str))
    named = pc.unique(folder.shots.columns(["candidate"])["candidate"])
    expected = np.sort(np.asarray(named.filter(pc.not_equal(named, "")).to_pylist(), dtype=str))
    if behind or np.array_equal(decided, expected):
        return _counted("select", "candidates", table, behind)
    rows = [(row.key, row.verdict) for row in folder.decisions.rows()]
    return stage_books("select", "candidates", expected.tolist(), rows)


def _counted(name: str, unit: str, table: pa.Table, behind: bool) -> StageBooks:
    """Books that balance: what went in is what has a row."""
    counts: dict[str, Counter[str]] = {"kept": Counter(), "dropped": Counter(), "failed": Counter()}
    groups = table.group_by(["outcome", "reason"]).aggregate([([], "count_all")])
    for row in groups.to_pylist():
        verdict = Verdict(outcome=row["outcome"], reason=row["reason"])
        counts[verdict.outcome][verdict.reason] += row["count_all"]
    return StageBooks(
        name=name,
        unit=unit,
        incoming=table.num_rows,
        kept=counts["kept"].total(),
        dropped=Counter(dict(sorted(counts["dropped"].items()))),
        failed=Counter(dict(sorted(counts["failed"].items()))),
        behind=behind,
    )


def _missing(numbers: set[int]) -> list[int]:
    return sorted(set(range(max(numbers, default=-1) + 1)) - numbers)
