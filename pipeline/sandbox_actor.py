"""The Ray actor: a task goes in as a row, its child process runs it, a small answer comes out."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.model_hosts import ModelHostError, ModelHosts
from pipeline.sandbox import Sandbox, SandboxReply

PRELOADED = {"captioning.annotate:annotate_clip_task": ("captioning.measured",)}
"""What a task's server imports once besides numpy and av: clips are short, and importing takes longer than describing one."""


@dataclass(frozen=True)
class Task:
    """``name`` is ``"operators.module:function"``; ``arguments`` must be JSON. ``models``: scan settings as JSON, where the
    task needs the learned models that they ask for; it gets their address as the argument ``models_at``."""

    id: str
    name: str
    arguments: dict[str, Any]
    wall_seconds: float
    memory_mb: int
    models: str = ""


@dataclass(frozen=True)
class TaskReply:
    id: str
    reply: SandboxReply
    seconds: float


class SandboxActor:
    """One Ray actor with a child-process server for its stage's tasks, and a hold on this machine's model host for those that need
    it."""

    def __init__(self) -> None:
        self._sandboxes: dict[tuple[str, ...], Sandbox] = {}
        self._hosts = ModelHosts()

    def __call__(self, row: dict[str, str]) -> dict[str, str]:
        task = Task(**json.loads(row["task"]))
        start = time.monotonic()
        return {"answer": json.dumps(asdict(TaskReply(task.id, self._run(task), time.monotonic() - start)))}

    def _run(self, task: Task) -> SandboxReply:
        arguments = task.arguments
        if task.models:
            try:
                arguments = arguments | {"models_at": self._hosts.address_of(task.models)}
            except ModelHostError as error:
                return SandboxReply("crashed", reason="exception", detail=str(error))
        sandbox = self._sandbox_for(task.name)
        return sandbox.run(task.name, arguments, wall_seconds=task.wall_seconds, memory_mb=task.memory_mb)

    def _sandbox_for(self, name: str) -> Sandbox:
        modules = ("numpy", "av", *PRELOADED.get(name, ()))
        if modules not in self._sandboxes:
            self._sandboxes[modules] = Sandbox(preload=modules)
        return self._sandboxes[modules]
