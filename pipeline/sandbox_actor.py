"""The Ray actor: a task goes in as a row, its child process runs it, a small answer comes out."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.sandbox import Sandbox, SandboxReply


@dataclass(frozen=True)
class Task:
    """``name`` is ``"operators.module:function"``; ``arguments`` must be JSON."""

    id: str
    name: str
    arguments: dict[str, Any]
    wall_seconds: float
    memory_mb: int


@dataclass(frozen=True)
class TaskReply:
    id: str
    reply: SandboxReply
    seconds: float


class SandboxActor:
    """One Ray actor with one child-process server."""

    def __init__(self) -> None:
        self._sandbox = Sandbox()

    def __call__(self, row: dict[str, str]) -> dict[str, str]:
        task = Task(**json.loads(row["task"]))
        start = time.monotonic()
        reply = self._sandbox.run(task.name, task.arguments, wall_seconds=task.wall_seconds, memory_mb=task.memory_mb)
        return {"answer": json.dumps(asdict(TaskReply(task.id, reply, time.monotonic() - start)))}
