"""Runs one stage's tasks on Ray Data actor pools. A task is one film or clip in a child process of its actor.

A task writes its own files under names made from its inputs and returns a small reply, so losing a worker costs one task and
no bytes of video cross Ray. Crashes and hangs happen in the child and come back as replies: a row that killed its Ray worker
would be retried without end.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from captioning.settings import CaptionSettings
from pipeline.caption_engine import CaptionPool, Watch
from pipeline.caption_task import CaptionReply, CaptionTask, DeskPart
from pipeline.config import EngineSettings
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_actor import SandboxActor, Task, TaskReply

_MAX_BLOCKS = 10_000


class Engine:
    """Ray, started when the first task needs it and stopped at the end."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._started = False

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._started:
            import ray

            ray.shutdown()
            self._started = False

    def run(self, tasks: Sequence[Task]) -> Iterator[TaskReply]:
        """Replies in the order in which tasks end."""
        if not tasks:
            return
        self._start()
        import ray
        from ray.data import ActorPoolStrategy

        rows = [{"task": json.dumps(asdict(task))} for task in tasks]
        dataset = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MAX_BLOCKS))
        pool = ActorPoolStrategy(size=min(self._workers(), len(rows)), max_tasks_in_flight_per_actor=2)
        for row in dataset.map(SandboxActor, compute=pool, num_cpus=1).iter_rows():  # type: ignore[arg-type]
            answer = json.loads(row["answer"])
            yield TaskReply(answer["id"], SandboxReply(**answer["reply"]), answer["seconds"])

    def caption(
        self, tasks: Sequence[CaptionTask], captions: CaptionSettings, watch: Watch, part: DeskPart = "words"
    ) -> Iterator[CaptionReply]:
        """Clips described by a model, or looked at when they were, in the order in which they end. Raises
        ``BackendUnusableError``."""
        if not tasks:
            return
        self._start()
        pool = CaptionPool(captions, self._settings.captions, self._settings.workers, part)
        yield from pool.run(tasks, watch)

    def _workers(self) -> int:
        import ray

        cluster: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        return self._settings.workers or max(1, int(cluster.get("CPU", 1)))

    def _start(self) -> None:
        if self._started:
            return
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        import ray

        local = not self._settings.address
        with _without_native_stderr():
            ray.init(
                address=self._settings.address or "local",
                num_cpus=(self._settings.workers or os.cpu_count()) if local else None,
                include_dashboard=False if local else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        self._quiet()
        self._started = True

    @staticmethod
    def _quiet() -> None:
        from ray.data import DataContext

        context = DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.execution_options.preserve_order = False
        for name in ("ray.data", "ray.data._internal", "ray"):
            logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def _without_native_stderr() -> Iterator[None]:
    """Ray's C++ part greets on file descriptor 2 whatever its log level; errors of ``ray.init`` are exceptions."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
