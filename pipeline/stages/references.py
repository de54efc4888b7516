"""Annotate's second table, where reference images are wanted: after the words, without asking for any again."""

from __future__ import annotations

from collections.abc import Sequence

from captioning.references.stored import read_stored_references, references_fingerprint
from pipeline.corpus_folder import AnnotationRow, ClipRow, ReferenceRow
from pipeline.stages.looks import Looking, look_at_clips
from pipeline.stages.run import Run


def refer_clips(run: Run, clips: Sequence[ClipRow], annotated: Sequence[AnnotationRow]) -> list[ReferenceRow]:
    """One row for each of ``annotated``; none, and no table, where no detector is chosen. Raises ``BackendUnusableError``."""
    chosen, table = run.config.captions.references, run.folder.references
    if chosen.detector == "none":
        run.folder.store.remove(table.name)
        return []
    looking = Looking("references", table, references_fingerprint(chosen), (".json", ".zip"), _counted)
    return look_at_clips(run, clips, annotated, looking)


def _counted(row: ReferenceRow, stored: bytes) -> ReferenceRow:
    counts = read_stored_references(stored).counts
    return row.model_copy(update={**dict(counts), "missing": {why: float(n) for why, n in counts.missing}})
