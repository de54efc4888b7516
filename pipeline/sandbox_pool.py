"""A few child-process servers in threads, for commands that should answer without starting Ray."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from pipeline.config import LimitSettings
from pipeline.sandbox import Sandbox, SandboxReply

Arguments = dict[str, object]


def run_in_sandboxes(
    task: str,
    jobs: Sequence[Callable[[], Arguments]],
    wall_seconds: float,
    limits: LimitSettings,
) -> Iterator[SandboxReply]:
    """Replies in the order of ``jobs``. Each job makes its arguments when its turn comes (it may fetch a file first)."""
    count = min(len(jobs), os.cpu_count() or 1)
    if count == 0:
        return
    with ExitStack() as stack:
        free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        threads = stack.enter_context(ThreadPoolExecutor(count))
        # Left first, so that stopping ends running children instead of waiting for them.
        for _ in range(count):
            free.put(stack.enter_context(Sandbox()))

        def work(job: Callable[[], Arguments]) -> SandboxReply:
            sandbox = free.get()
            try:
                return sandbox.run(task, job(), wall_seconds=wall_seconds, memory_mb=limits.memory_mb)
            finally:
                free.put(sandbox)

        try:
            yield from threads.map(work, jobs)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
