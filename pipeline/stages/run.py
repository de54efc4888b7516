"""What the stages share: one run's context, and running tasks under its progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from formats.ledger import KEPT, Verdict, failed
from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder
from pipeline.progress import Reporter
from pipeline.ray_engine import Engine
from pipeline.sandbox_actor import Task, TaskReply

ENGINE_REASONS = {
    "crashed": "the child process that held this file died",
    "error": "the program itself failed on this file",
    "timeout": "the child process that held this file ran past its wall time and was ended",
    "memory": "the child process that held this file ran past its memory limit",
}


_PROGRAM_FAULTS = ("exception", "reply_too_large", "server_died")
_PASSING = ("source_missing", "unreadable", "changed", "error")


@dataclass(frozen=True)
class TaskLimits:
    """What one task may take."""

    wall_seconds: float
    memory_mb: int

    def of(self, reason: str) -> float | None:
        """The limit that a reason was held against."""
        return {"timeout": self.wall_seconds, "memory": float(self.memory_mb)}.get(reason)


@dataclass(frozen=True)
class Run:
    """One ``build``: where it writes, with what settings and on which engine."""

    folder: CorpusFolder
    config: Config
    engine: Engine
    reporter: Reporter
    retry_failed: bool

    @property
    def film_limits(self) -> TaskLimits:
        return TaskLimits(self.config.limits.film_seconds, self.config.limits.memory_mb)

    @property
    def clip_limits(self) -> TaskLimits:
        return TaskLimits(self.config.limits.clip_seconds, self.config.limits.memory_mb)


def run_tasks(run: Run, name: str, unit: str, tasks: Sequence[Task], reused: int) -> dict[str, TaskReply]:
    """Replies by task id."""
    replies: dict[str, TaskReply] = {}
    with run.reporter.stage(name, unit, len(tasks), reused) as advance:
        for reply in run.engine.run(tasks):
            replies[reply.id] = reply
            advance(failed=reply.reply.outcome != "done")
    return replies


def verdict_of(reply: TaskReply, limits: TaskLimits) -> Verdict:
    answer = reply.reply
    if answer.outcome == "done":
        return KEPT
    if answer.outcome == "failed":
        return failed(answer.reason, answer.detail)
    reason = "error" if answer.reason in _PROGRAM_FAULTS else str(answer.outcome)
    verdict = failed(reason, f"{ENGINE_REASONS[reason]}. {answer.detail}".strip())
    return verdict.model_copy(update={"limit": limits.of(reason)})


def stands(verdict: Verdict, limits: TaskLimits) -> bool:
    """Whether a row that was not kept would come out the same way: the file's own fault, under the same limits.

    A file that was not there, a full disk or a bug of ours may be gone by now, so such rows are tried again.
    """
    if verdict.outcome == "kept" or verdict.reason in _PASSING:
        return False
    return verdict.limit == limits.of(verdict.reason) if verdict.reason in ("timeout", "memory") else True
