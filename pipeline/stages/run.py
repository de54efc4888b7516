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
    "timeout": "the child process that held this file ran past its wall time and was ended",
    "memory": "the child process that held this file ran past its memory limit",
}


@dataclass(frozen=True)
class Run:
    """One ``build``: where it writes, with what settings and on which engine."""

    folder: CorpusFolder
    config: Config
    engine: Engine
    reporter: Reporter
    retry_failed: bool


def run_tasks(run: Run, name: str, unit: str, tasks: Sequence[Task], reused: int) -> dict[str, TaskReply]:
    """Replies by task id."""
    replies: dict[str, TaskReply] = {}
    with run.reporter.stage(name, unit, len(tasks), reused) as advance:
        for reply in run.engine.run(tasks):
            replies[reply.id] = reply
            advance(failed=reply.reply.outcome != "done")
    return replies


def verdict_of(reply: TaskReply) -> Verdict:
    answer = reply.reply
    if answer.outcome == "done":
        return KEPT
    if answer.outcome == "failed":
        return failed(answer.reason, answer.detail)
    return failed(answer.outcome, f"{ENGINE_REASONS[answer.outcome]}. {answer.detail}".strip())
