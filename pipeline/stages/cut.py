"""Cut: every plan becomes a clip file, decoded back against its plan. A plan that was cut before is not cut again."""

from __future__ import annotations

from collections.abc import Sequence

from formats.clip_plan import MadeClip
from formats.ledger import KEPT, Verdict, failed
from operators.x264 import encoder_fingerprint
from pipeline.corpus_folder import ClipRow, SourceRow, clip_artifact, real_path
from pipeline.decided_candidates import FilmCandidateRow
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.sandbox_actor import Task, TaskReply
from pipeline.stage_books import intake_of
from pipeline.stages.run import Run, run_tasks, stands, verdict_of
from pipeline.stages.scan import read_scan, readable_films


def cut_clips(run: Run, plans: Sequence[FilmCandidateRow], sources: Sequence[SourceRow]) -> list[ClipRow]:
    films = {row.sha256: row for row in sources if row.verdict.outcome == "kept"}
    places = readable_films(sources)
    settings = fingerprint(CODE_VERSIONS["cut"], encoder_fingerprint(), run.config.encode)
    artifacts = {row.key: clip_artifact(row.key, fingerprint(settings, row.plan)) for row in plans}
    earlier = {row.artifact: row for row in run.folder.clips.rows()}
    verdicts: dict[str, Verdict] = {}
    tasks: list[Task] = []
    for row in plans:
        artifact = artifacts[row.key]
        before = earlier.get(artifact)
        if run.folder.store.exists(f"{artifact}.json") and run.folder.store.exists(f"{artifact}.mp4"):
            verdicts[row.key] = KEPT
        elif before is not None and not run.retry_failed and stands(before.verdict, run.clip_limits):
            verdicts[row.key] = before.verdict
        elif row.sha256 not in places:
            verdicts[row.key] = failed("source_missing", "the film is gone or was changed since it was scanned")
        else:
            tasks.append(_task(run, row, films[row.sha256], places[row.sha256], artifact))
    replies = run_tasks(run, "cut", "clips", tasks, reused=len(plans) - len(tasks))
    rows = [_row(run, plan, artifacts[plan.key], verdicts, replies, earlier) for plan in plans]
    run.folder.clips.write(rows, settings, intake_of(row.key for row in plans))
    return rows


def _task(run: Run, row: FilmCandidateRow, film: SourceRow, place: SourceRow, artifact: str) -> Task:
    """``film`` is the row that stands for the film, ``place`` the one that says where it lies."""
    arguments = {
        "plan": row.plan.model_dump(mode="json"),
        "film": real_path(place.path),
        "bytes": place.bytes,
        "mtime_ns": place.mtime_ns,
        "signals": run.folder.path(f"{film.artifact}.signals.parquet"),
        "seekable": read_scan(run, film.artifact).seekable,
        "settings": run.config.encode.model_dump(mode="json"),
        "clip": run.folder.path(f"{artifact}.mp4"),
        "made": run.folder.path(f"{artifact}.json"),
    }
    limits = run.clip_limits
    return Task(row.key, "operators.cut:cut_clip_task", arguments, limits.wall_seconds, limits.memory_mb)


def _row(
    run: Run,
    plan: FilmCandidateRow,
    artifact: str,
    verdicts: dict[str, Verdict],
    replies: dict[str, TaskReply],
    earlier: dict[str, ClipRow],
) -> ClipRow:
    reply = replies.get(plan.key)
    verdict = verdict_of(reply, run.clip_limits) if reply else verdicts[plan.key]
    before = earlier.get(artifact)
    made = None
    if verdict.outcome == "kept":
        made = MadeClip.model_validate_json(run.folder.store.read_bytes(f"{artifact}.json"))
    seconds = reply.seconds if reply else (before.seconds if before else 0.0)
    return ClipRow(key=plan.key, artifact=artifact, seconds=seconds, made=made, verdict=verdict)
