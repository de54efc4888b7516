"""One machine's part in what is done to clips that have their words: a child takes pictures out, models look at them, a clip at a
time. Its part in the words themselves is ``caption_desk.py``.

Nothing of Ray is here. A clip's way: room for its pictures; a child that takes them out; the models; what they found, written
whole.
"""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from captioning.asking.memory_room import MemoryRoom
from captioning.conversation.result import ConversationCounts
from captioning.protocol import ClipAnnotation
from captioning.stored_annotation import read_stored
from formats.clip_plan import MadeClip
from operators.aside import ASIDE_SUFFIX
from pipeline.caption_task import CaptionReply, CaptionTask, DeskState, DeskWork
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_crew import SandboxCrew

_MOST_TRACE = 2000


@dataclass(frozen=True)
class ChildTask:
    """A task for a child process: ``module:function`` and its arguments."""

    name: str
    arguments: dict[str, Any]


class ClipLook(Protocol):
    """What is done to one clip."""

    def taking_out(self, pictures: Path) -> ChildTask | None:
        """Writes the pictures to be looked at; ``None`` where there is nothing to look at."""
        ...

    def write(self, pictures: Path) -> None:
        """Looks, and writes what was found. ``pictures`` is not there where none were taken out."""
        ...


class Look(Protocol):
    """``preload``: modules that a child needs."""

    @property
    def preload(self) -> tuple[str, ...]: ...

    def most_bytes(self, made: MadeClip) -> int:
        """That the clip's pictures take in memory."""
        ...

    def at(self, task: CaptionTask, words: ClipAnnotation) -> ClipLook: ...


class LookDesk:
    """Use on one event loop."""

    def __init__(self, work: DeskWork, look: Look) -> None:
        self._look = look
        self._one_at_a_time = asyncio.Lock()
        self._room = MemoryRoom(work.serving.ahead_mb << 20)
        self._crew = SandboxCrew(work.workers, look.preload)
        self._done = 0

    def state(self) -> DeskState:
        return DeskState(int(self._one_at_a_time.locked()), self._done, 0, 0)

    async def caption(self, task: CaptionTask) -> CaptionReply:
        """Whatever goes wrong is the clip's reply."""
        began = time.monotonic()
        async with self._room.share(self._look.most_bytes(task.made)):
            try:
                reply, passing = await self._looked_at(task), False
            except Exception:  # noqa: BLE001 - one clip's fault must not end a run of a hundred thousand
                detail = traceback.format_exc()[-_MOST_TRACE:]
                reply, passing = SandboxReply("crashed", reason="exception", detail=detail), True
        self._done += 1
        seconds = time.monotonic() - began
        return CaptionReply(id=task.id, reply=reply, passing=passing, counts=ConversationCounts(), seconds=seconds)

    async def close(self) -> None:
        await asyncio.to_thread(self._crew.close)

    async def _looked_at(self, task: CaptionTask) -> SandboxReply:
        assert task.words is not None
        look = self._look.at(task, read_stored(await asyncio.to_thread(task.words.read_bytes)))
        with _aside(task.annotation) as pictures:
            if child := look.taking_out(pictures):
                reply = await self._crew.run(child.name, child.arguments, task.wall_seconds, task.memory_mb)
                if reply.outcome != "done":
                    return reply
            async with self._one_at_a_time:
                await asyncio.to_thread(look.write, pictures)
        return SandboxReply("done")


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A name beside ``out`` for a child's file; nothing is left there, and the next build removes what a killed one left."""
    out.parent.mkdir(parents=True, exist_ok=True)
    path = out.with_name(f".{out.name}.{os.getpid()}.{uuid4().hex[:8]}.pictures{ASIDE_SUFFIX}")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
