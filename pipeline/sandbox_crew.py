"""Child-process servers for an event loop: as many tasks at once as there are workers, the others wait."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.sandbox import Sandbox, SandboxReply


class SandboxCrew:
    """``preload``: modules that each server imports once, so that no task waits for them."""

    def __init__(self, workers: int, preload: Sequence[str]) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")
        self._all = tuple(Sandbox(preload=preload) for _ in range(workers))
        self._free: queue.SimpleQueue[Sandbox] = queue.SimpleQueue()
        for sandbox in self._all:
            self._free.put(sandbox)

    async def run(self, task: str, arguments: dict[str, Any], wall_seconds: float, memory_mb: int) -> SandboxReply:
        """As ``Sandbox.run``."""

        def work() -> SandboxReply:
            sandbox = self._free.get()
            try:
                return sandbox.run(task, arguments, wall_seconds=wall_seconds, memory_mb=memory_mb)
            finally:
                self._free.put(sandbox)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Waits for the tasks under way."""
        self._threads.shutdown(cancel_futures=True)
        for sandbox in self._all:
            sandbox.close()
