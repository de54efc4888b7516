"""All that is said of clips: their words, and, where they are wanted, reference images and scores of the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.corpus_folder import AnnotationRow, ClipRow, LookRow
from pipeline.stages.alignment import align_clips
from pipeline.stages.annotate import annotate_clips
from pipeline.stages.references import refer_clips
from pipeline.stages.run import Run


@dataclass(frozen=True)
class ClipWords:
    """A clip's annotation, and, where they are wanted, what ``look_artifact`` names."""

    key: str
    annotation: str
    references: str = ""
    alignment: str = ""


def words_of_clips(run: Run, clips: Sequence[ClipRow]) -> list[ClipWords]:
    """Of the clips of which all that was wanted is there. Raises ``BackendUnusableError``."""
    captions = run.config.captions
    annotated = [row for row in annotate_clips(run, clips) if row.verdict.outcome == "kept"]
    references = _kept(refer_clips(run, clips, annotated))
    if captions.references.detector != "none":
        annotated = _found(annotated, references)
    alignment = _kept(align_clips(run, clips, annotated))
    if captions.alignment.scorer != "none":
        annotated = _found(annotated, alignment)
    return [
        ClipWords(row.key, row.artifact, references.get(row.key, ""), alignment.get(row.key, "")) for row in annotated
    ]


def _kept(rows: Sequence[LookRow]) -> dict[str, str]:
    return {row.key: row.artifact for row in rows if row.verdict.outcome == "kept"}


def _found(annotated: Sequence[AnnotationRow], artifacts: dict[str, str]) -> list[AnnotationRow]:
    return [row for row in annotated if row.key in artifacts]
