"""Annotate's third table, where words are scored against pictures: after the words, without asking for any again."""

from __future__ import annotations

from collections.abc import Sequence

from captioning.alignment.stored import alignment_fingerprint, read_stored_alignment
from pipeline.corpus_folder import AlignmentRow, AnnotationRow, ClipRow
from pipeline.stages.looks import Looking, look_at_clips
from pipeline.stages.run import Run


def align_clips(run: Run, clips: Sequence[ClipRow], annotated: Sequence[AnnotationRow]) -> list[AlignmentRow]:
    """One row for each of ``annotated``; none, and no table, where no scorer is chosen. Raises ``BackendUnusableError``."""
    captions, table = run.config.captions, run.folder.alignment
    if captions.alignment.scorer == "none":
        run.folder.store.remove(table.name)
        return []
    settings = alignment_fingerprint(captions.alignment, captions.conversation.sampling)
    return look_at_clips(run, clips, annotated, Looking("alignment", table, settings, (".json",), _counted))


def _counted(row: AlignmentRow, stored: bytes) -> AlignmentRow:
    values = [score.value for score in read_stored_alignment(stored).scores]
    if not values:
        return row
    return row.model_copy(
        update={"shots": len(values), "lowest": min(values), "mean": round(sum(values) / len(values), 4)}
    )
