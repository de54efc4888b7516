"""Annotate: words and entity events for every clip. What a model once said is a record and is not asked for again."""

from __future__ import annotations

import time
from collections.abc import Sequence

from captioning.asks import BackendUnusableError
from captioning.backends import needs_model
from captioning.captioner_fingerprint import captioner_fingerprint
from captioning.conversation.result import ConversationCounts
from captioning.stored_annotation import read_stored
from formats.ledger import KEPT, Verdict
from pipeline.caption_task import CaptionTask, DeskState
from pipeline.corpus_folder import AnnotationRow, ClipRow, annotation_artifact
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.progress import Advance
from pipeline.sandbox_actor import Task, TaskReply
from pipeline.stage_books import intake_of
from pipeline.stages.run import Run, run_tasks, stands, verdict_of

_FIRST_CLIPS = 16
_Work = list[tuple[ClipRow, str]]
"""Clips and the names of their annotations."""


def annotate_clips(run: Run, clips: Sequence[ClipRow]) -> list[AnnotationRow]:
    """Raises ``BackendUnusableError`` where the clips' model cannot be asked; what was annotated until then stays."""
    settings = fingerprint(CODE_VERSIONS["annotate"], captioner_fingerprint(run.config.captions))
    earlier = {row.artifact: row for row in run.folder.annotations.rows()}
    made = [row for row in clips if row.verdict.outcome == "kept"]
    standing: dict[str, AnnotationRow] = {}
    work: _Work = []
    for row in made:
        artifact = _artifact(row, settings)
        before = earlier.get(artifact)
        if run.folder.store.exists(artifact):
            standing[row.key] = _kept_before(run, row.key, artifact, before)
        elif (
            before is not None
            and not run.retry_failed
            and not before.passing
            and stands(before.verdict, run.clip_limits)
        ):
            standing[row.key] = before
        else:
            work.append((row, artifact))
    annotate = _ask if needs_model(run.config.captions) else _measure
    rows = standing | {row.key: row for row in annotate(run, work, len(standing))}
    in_order = [rows[row.key] for row in made]
    run.folder.annotations.write(in_order, settings, intake_of(row.key for row in made))
    return in_order


def _artifact(row: ClipRow, settings: str) -> str:
    assert row.made is not None
    return annotation_artifact(row.key, fingerprint(settings, row.made.sha256, row.made.shots))


def _kept_before(run: Run, key: str, artifact: str, before: AnnotationRow | None) -> AnnotationRow:
    """The row of an annotation that is there; after a run that was killed, its counts are in its file alone."""
    if before is not None and before.verdict.outcome == "kept":
        return before
    counts = read_stored(run.folder.store.read_bytes(artifact)).counts
    return _row(key, artifact, 0.0, KEPT, counts or ConversationCounts())


def _row(
    key: str, artifact: str, seconds: float, verdict: Verdict, counts: ConversationCounts, passing: bool = False
) -> AnnotationRow:
    return AnnotationRow(
        key=key,
        artifact=artifact,
        seconds=seconds,
        verdict=verdict,
        passing=passing,
        asks=counts.asks,
        retries=counts.retries,
        pictures=counts.pictures,
        prompt_tokens=counts.prompt_tokens,
        answer_tokens=counts.answer_tokens,
        measured=counts.measured,
        faults={f"{fault.outcome}:{fault.fault}": fault.count for fault in counts.faults},
    )


def _measure(run: Run, work: _Work, reused: int) -> list[AnnotationRow]:
    tasks = [_measuring(run, row, artifact) for row, artifact in work]
    replies = run_tasks(run, "annotate", "clips", tasks, reused)
    return [
        _row(
            row.key,
            artifact,
            replies[row.key].seconds,
            verdict_of(replies[row.key], run.clip_limits),
            ConversationCounts(),
        )
        for row, artifact in work
    ]


def _measuring(run: Run, row: ClipRow, artifact: str) -> Task:
    assert row.made is not None
    arguments = {
        "clip": run.folder.path(f"{row.artifact}.mp4"),
        "made": row.made.model_dump(mode="json"),
        "settings": run.config.captions.model_dump(mode="json"),
        "annotation": run.folder.path(artifact),
    }
    limits = run.clip_limits
    return Task(row.key, "captioning.annotate:annotate_clip_task", arguments, limits.wall_seconds, limits.memory_mb)


def _ask(run: Run, work: _Work, reused: int) -> list[AnnotationRow]:
    tasks = [_asking(run, row, artifact) for row, artifact in work]
    artifacts = {row.key: artifact for row, artifact in work}
    rows = []
    with run.reporter.stage("annotate", "clips", len(tasks), reused) as advance:
        for reply in run.engine.caption(tasks, run.config.captions, _Teller(advance)):
            verdict = verdict_of(TaskReply(reply.id, reply.reply, reply.seconds), run.clip_limits)
            rows.append(_row(reply.id, artifacts[reply.id], reply.seconds, verdict, reply.counts, reply.passing))
            advance(failed=verdict.outcome != "kept")
            _end_if_refused(rows)
    return rows


def _end_if_refused(rows: list[AnnotationRow]) -> None:
    """Where the first clips are all refused, it is not the clips: the rest is not tried, and none of these stands."""
    if len(rows) == _FIRST_CLIPS and all(row.verdict.reason == "ask_refused" for row in rows):
        text = f"the first {_FIRST_CLIPS} clips were all refused by their model's server; the last one: {rows[-1].verdict.detail}"
        raise BackendUnusableError(text)


def _asking(run: Run, row: ClipRow, artifact: str) -> CaptionTask:
    assert row.made is not None
    return CaptionTask(
        id=row.key,
        clip=run.folder.path(f"{row.artifact}.mp4"),
        made=row.made,
        annotation=run.folder.path(artifact),
        wall_seconds=run.clip_limits.wall_seconds,
        memory_mb=run.clip_limits.memory_mb,
    )


class _Teller:
    """Tells the questions on their way, and the tokens per second since it told last."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._at = time.monotonic()
        self._tokens = 0

    def __call__(self, state: DeskState) -> None:
        now, tokens = time.monotonic(), state.prompt_tokens + state.answer_tokens
        rate = max(0, tokens - self._tokens) / max(now - self._at, 1e-3)
        self._at, self._tokens = now, tokens
        self._advance.note(f"{state.in_flight} questions in flight, {rate:,.0f} tokens/s")
