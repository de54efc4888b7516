"""The books: for every stage, in = kept + dropped + failed, and what one stage keeps is what the next takes in.

Every stage's intake is told by the stage before it, by name and not by number, so that a row that went missing or came from
nowhere shows. A stage that has not run since the one before it changed is *behind*: it is no error, the next build does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from formats.ledger import Verdict
from formats.manifest import read_manifest
from pipeline.corpus_folder import MANIFEST, CorpusFolder
from pipeline.select_books import kept_candidates, select_books
from pipeline.stage_books import StageBooks, intake_of, stage_books

STAGE_OF_BOOKS = {
    "scan": "scan",
    "shots": "select",
    "select": "select",
    "cut": "cut",
    "annotate": "annotate",
    "references": "annotate",
    "alignment": "annotate",
    "pack": "pack",
}


def corpus_books(folder: CorpusFolder) -> list[StageBooks]:
    """One entry per table that exists, in the order of the flow."""
    if not folder.sources.exists():
        return []
    sources = folder.sources.rows()
    books = [stage_books("scan", "films", {row.path for row in sources}, [(row.path, row.verdict) for row in sources])]
    keys: list[str] = []
    if folder.decisions.exists():
        films = {row.sha256 for row in sources if row.verdict.outcome == "kept"}
        books += select_books(folder, films)
        keys = kept_candidates(folder)
    pictured = (("references", folder.references),) if folder.references.exists() else ()
    scored = (("alignment", folder.alignment),) if folder.alignment.exists() else ()
    tables = (("cut", folder.clips), ("annotate", folder.annotations), *pictured, *scored, ("pack", folder.packed))
    for name, table in tables:
        if not table.exists():
            break
        rows = [(row.key, row.verdict) for row in table.rows()]
        behind = books[-1].behind or (table.intake() != intake_of(keys))
        books.append(stage_books(name, "clips", keys, rows, behind))
        keys = _kept(rows)
    if books[-1].name == "pack":
        books[-1] = _with_manifest(folder, books[-1], keys)
    return books


def imbalances(books: Iterable[StageBooks]) -> list[str]:
    """What does not add up, in sentences; empty when the books balance."""
    return [problem for stage in books for problem in stage.problems]


def _kept(rows: Iterable[tuple[str, Verdict]]) -> list[str]:
    return [key for key, verdict in rows if verdict.outcome == "kept"]


def _with_manifest(folder: CorpusFolder, books: StageBooks, packed: list[str]) -> StageBooks:
    listed = {row.key for row in read_manifest(folder.store, MANIFEST)} if folder.store.exists(MANIFEST) else set()
    wrong = [f"pack: clip {key} is not in the manifest" for key in sorted(set(packed) - listed)]
    wrong += [f"pack: clip {key} is in the manifest and was not packed" for key in sorted(listed - set(packed))]
    return replace(books, problems=(*books.problems, *wrong))
