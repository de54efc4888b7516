"""Annotate: words and entity events for every clip. What a model once said is a record and is not asked for again."""

from __future__ import annotations

from collections.abc import Sequence

from captioning.protocol import captioner_fingerprint
from formats.ledger import KEPT, Verdict
from pipeline.corpus_folder import AnnotationRow, ClipRow, annotation_artifact
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.sandbox_actor import Task
from pipeline.stage_books import intake_of
from pipeline.stages.run import Run, run_tasks, stands, verdict_of


def annotate_clips(run: Run, clips: Sequence[ClipRow]) -> list[AnnotationRow]:
    settings = fingerprint(CODE_VERSIONS["annotate"], captioner_fingerprint(run.config.captions), run.config.captions)
    earlier = {row.artifact: row for row in run.folder.annotations.rows()}
    made = [row for row in clips if row.verdict.outcome == "kept"]
    artifacts = {row.key: _artifact(row, settings) for row in made}
    verdicts: dict[str, Verdict] = {}
    tasks: list[Task] = []
    for row in made:
        before = earlier.get(artifacts[row.key])
        if run.folder.store.exists(artifacts[row.key]):
            verdicts[row.key] = KEPT
        elif before is not None and not run.retry_failed and stands(before.verdict, run.clip_limits):
            verdicts[row.key] = before.verdict
        else:
            tasks.append(_task(run, row, artifacts[row.key]))
    replies = run_tasks(run, "annotate", "clips", tasks, reused=len(made) - len(tasks))
    rows = []
    for row in made:
        reply = replies.get(row.key)
        before = earlier.get(artifacts[row.key])
        seconds = reply.seconds if reply else (before.seconds if before else 0.0)
        verdict = verdict_of(reply, run.clip_limits) if reply else verdicts[row.key]
        rows.append(AnnotationRow(key=row.key, artifact=artifacts[row.key], seconds=seconds, verdict=verdict))
    run.folder.annotations.write(rows, settings, intake_of(row.key for row in made))
    return rows


def _artifact(row: ClipRow, settings: str) -> str:
    assert row.made is not None
    return annotation_artifact(row.key, fingerprint(settings, row.made.sha256, row.made.shots))


def _task(run: Run, row: ClipRow, artifact: str) -> Task:
    assert row.made is not None
    arguments = {
        "clip": run.folder.path(f"{row.artifact}.mp4"),
        "made": row.made.model_dump(mode="json"),
        "settings": run.config.captions.model_dump(mode="json"),
        "annotation": run.folder.path(artifact),
    }
    limits = run.clip_limits
    return Task(row.key, "captioning.annotate:annotate_clip_task", arguments, limits.wall_seconds, limits.memory_mb)
