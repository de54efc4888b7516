"""What is done to clips that have their words, without asking for any again: the common part of annotate's further tables.

A clip's result is named by its words, its bytes and the settings, so that settings that come back find what was made under them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from formats.ledger import KEPT, Verdict
from pipeline.caption_task import CaptionReply, CaptionTask, DeskPart, DeskState
from pipeline.corpus_folder import AnnotationRow, ClipRow, LookRow, look_artifact
from pipeline.fingerprint import fingerprint
from pipeline.sandbox_actor import TaskReply
from pipeline.stage_books import intake_of
from pipeline.stage_table import StageTable
from pipeline.stages.run import Run, stands, verdict_of

Row = TypeVar("Row", bound=LookRow)


@dataclass(frozen=True)
class Looking(Generic[Row]):
    """``suffixes`` of the files of one clip; that of ``.json`` is written last. ``counted``: a clip's row with what its JSON
    counts."""

    part: DeskPart
    table: StageTable[Row]
    settings: str
    suffixes: tuple[str, ...]
    counted: Callable[[Row, bytes], Row]


def look_at_clips(
    run: Run, clips: Sequence[ClipRow], annotated: Sequence[AnnotationRow], looking: Looking[Row]
) -> list[Row]:
    """One row for each of ``annotated``. Raises ``BackendUnusableError``."""
    settings = fingerprint(looking.settings)
    earlier = {row.artifact: row for row in looking.table.rows()}
    cut = {row.key: row for row in clips}
    rows: dict[str, Row] = {}
    tasks: list[CaptionTask] = []
    artifacts: dict[str, str] = {}
    for words in annotated:
        artifact = _artifact(run, words, cut[words.key], looking.part, settings)
        before = earlier.get(artifact)
        if all(run.folder.store.exists(f"{artifact}{suffix}") for suffix in looking.suffixes):
            rows[words.key] = _row(run, looking, words.key, artifact, before.seconds if before else 0.0, KEPT)
        elif before is not None and _stands(run, before):
            rows[words.key] = before
        else:
            artifacts[words.key] = artifact
            tasks.append(_task(run, words, cut[words.key], artifact))
    with run.reporter.stage(looking.part, "clips", len(tasks), len(rows)) as advance:
        for reply in run.engine.caption(tasks, run.config.captions, _quietly, looking.part):
            rows[reply.id] = _answered(run, looking, reply, artifacts[reply.id])
            advance(failed=rows[reply.id].verdict.outcome != "kept")
    in_order = [rows[row.key] for row in annotated]
    looking.table.write(in_order, settings, intake_of(row.key for row in annotated))
    return in_order


def _artifact(run: Run, words: AnnotationRow, clip: ClipRow, part: DeskPart, settings: str) -> str:
    assert clip.made is not None
    said = hashlib.sha256(run.folder.store.read_bytes(words.artifact)).hexdigest()
    return look_artifact(clip.key, fingerprint(settings, said, clip.made.sha256, clip.made.shots), part)


def _stands(run: Run, before: LookRow) -> bool:
    return not run.retry_failed and not before.passing and stands(before.verdict, run.clip_limits)


def _task(run: Run, words: AnnotationRow, clip: ClipRow, artifact: str) -> CaptionTask:
    assert clip.made is not None
    return CaptionTask.model_validate(
        {
            "id": clip.key,
            "clip": run.folder.path(f"{clip.artifact}.mp4"),
            "made": clip.made,
            "annotation": run.folder.path(artifact),
            "words": run.folder.path(words.artifact),
            "wall_seconds": run.clip_limits.wall_seconds,
            "memory_mb": run.clip_limits.memory_mb,
        }
    )


def _answered(run: Run, looking: Looking[Row], reply: CaptionReply, artifact: str) -> Row:
    verdict = verdict_of(TaskReply(reply.id, reply.reply, reply.seconds), run.clip_limits)
    row = _row(run, looking, reply.id, artifact, reply.seconds, verdict)
    return row.model_copy(update={"passing": reply.passing})


def _row(run: Run, looking: Looking[Row], key: str, artifact: str, seconds: float, verdict: Verdict) -> Row:
    row = looking.table.row_type(key=key, artifact=artifact, seconds=seconds, verdict=verdict)
    if verdict.outcome != "kept":
        return row
    return looking.counted(row, run.folder.store.read_bytes(f"{artifact}.json"))


def _quietly(_: DeskState) -> None:
    """Clips done are all that there is to tell."""
