"""One machine's part in captioning by a model: clips are decoded in children, ahead of the questions, and asked about.

Nothing of Ray is here. A clip's way: room for its pictures; a child that samples and measures it; its conversation, whose
questions go through one gate with those of all other clips; its file, written whole. So the models are kept busy as long as
decoding keeps ahead, and memory is bounded by ``ahead_mb``.
"""

from __future__ import annotations

import asyncio
import os
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from captioning.asking.ask_gate import AskGate
from captioning.asking.clip_models import AskTotals, models_of_clip
from captioning.asking.memory_room import MemoryRoom, Share
from captioning.asks import AskError, BackendUnusableError
from captioning.backends.by_role import ModelBackends
from captioning.conversation.result import (
    ConversationCounts,
    ConversationError,
    ConversationResult,
    UnansweredError,
)
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.frames.sampled_clip import SampledClip
from captioning.frames.sampled_file import most_bytes, read_sampled
from captioning.protocol import ClipAnnotation, read_annotation
from captioning.stored_annotation import read_stored, stored_json
from operators.aside import ASIDE_SUFFIX, written_aside
from pipeline.caption_task import CaptionReply, CaptionTask, DeskState, DeskWork
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_crew import SandboxCrew

Converse = Callable[[SampledClip, ClipAnnotation, RoleBackends, ConversationSettings], Awaitable[ConversationResult]]
Prepared = tuple[SampledClip, ClipAnnotation]
_PRELOAD = ("captioning.prepare", "captioning.measured")
_MOST_TRACE = 2000
_MOST_MEASURED_BYTES = 64 << 20


class CaptionDesk:
    """``models`` are open; the desk closes them. Use on one event loop."""

    def __init__(self, work: DeskWork, models: ModelBackends, converse: Converse) -> None:
        self._settings = work.captions.conversation
        self._models = models
        self._converse = converse
        self._gate = AskGate(work.in_flight)
        self._room = MemoryRoom(work.serving.ahead_mb << 20)
        self._crew = SandboxCrew(work.workers, _PRELOAD)
        self._totals = AskTotals()
        self._numbers = count()

    def state(self) -> DeskState:
        totals = self._totals
        return DeskState(self._gate.inside, totals.answers, totals.prompt_tokens, totals.answer_tokens)

    async def caption(self, task: CaptionTask) -> CaptionReply:
        """Raises ``BackendUnusableError``; whatever else goes wrong is the clip's reply. What a desk that died had been told of the
        clip stays, with its counts."""
        if task.annotation.exists():
            said = read_stored(await asyncio.to_thread(task.annotation.read_bytes)).counts or ConversationCounts()
            return CaptionReply(id=task.id, reply=SandboxReply("done"), passing=False, counts=said, seconds=0.0)
        number, totals = next(self._numbers), AskTotals()
        async with self._room.share(most_bytes(task.made, self._settings.sampling)) as share:
            spent = _Spent()
            try:
                reply, passing, counts = await self._described(task, share, number, totals, spent)
            except BackendUnusableError:
                raise
            except AskError as error:
                reply = SandboxReply("failed", reason=error.reason, detail=error.detail)
                passing, counts = error.passing, error.counts if isinstance(error, UnansweredError) else totals.counts
            except ConversationError as error:
                reply = SandboxReply("failed", reason=error.reason, detail=error.detail)
                passing, counts = False, error.counts
            except Exception:  # noqa: BLE001 - one clip's fault must not end a run of a hundred thousand
                detail = traceback.format_exc()[-_MOST_TRACE:]
                reply, passing, counts = SandboxReply("crashed", reason="exception", detail=detail), True, totals.counts
        return CaptionReply(id=task.id, reply=reply, passing=passing, counts=counts, seconds=spent.seconds)

    async def close(self) -> None:
        await asyncio.to_thread(self._crew.close)
        await self._models.close()

    async def _described(
        self, task: CaptionTask, share: Share, number: int, totals: AskTotals, spent: _Spent
    ) -> tuple[SandboxReply, bool, ConversationCounts]:
        with _asides(task.annotation) as (sampled, measured):
            began = time.monotonic()
            reply = await self._prepared(task, sampled, measured)
            spent.child(reply, time.monotonic() - began)
            if reply.outcome != "done":
                return reply, False, totals.counts
            clip, words = await asyncio.to_thread(self._read, task, sampled, measured)
        share.shrink(sum(len(p.picture.jpeg) for shot in clip.shots for p in shot.pictures))
        backends = models_of_clip(self._models, self._gate, number, (totals, self._totals))
        result = await self._converse(clip, words, backends, self._settings)
        await asyncio.to_thread(_write, task.annotation, stored_json(result.annotation, result.counts))
        return SandboxReply("done"), False, result.counts

    async def _prepared(self, task: CaptionTask, sampled: Path, measured: Path) -> SandboxReply:
        arguments: dict[str, Any] = {
            "clip": str(task.clip),
            "made": task.made.model_dump(mode="json"),
            "sampling": self._settings.sampling.model_dump(mode="json"),
            "sampled": str(sampled),
            "measured": str(measured),
        }
        return await self._crew.run(
            "captioning.prepare:prepare_clip_task", arguments, task.wall_seconds, task.memory_mb
        )

    def _read(self, task: CaptionTask, sampled: Path, measured: Path) -> Prepared:
        """Written by a child that held untrusted media, so it is read as such."""
        clip = read_sampled(sampled, task.made, self._settings.sampling)
        if measured.stat().st_size > _MOST_MEASURED_BYTES:
            raise ValueError(f"{measured.name} is larger than what is measured of a clip can be")
        return clip, read_annotation(measured.read_bytes())


@dataclass
class _Spent:
    seconds: float = 0.0

    def child(self, reply: SandboxReply, waited: float) -> None:
        """What the child says that it took, without waiting for its turn; ``waited`` where it says nothing, and at most."""
        said = reply.value.get("seconds")
        self.seconds = min(waited, said) if isinstance(said, float) and said >= 0 else waited


@contextmanager
def _asides(annotation: Path) -> Iterator[tuple[Path, Path]]:
    """Two names beside ``annotation`` for what a child hands over; nothing is left there, and the next build removes what a
    killed one left."""
    annotation.parent.mkdir(parents=True, exist_ok=True)
    mark = f".{annotation.name}.{os.getpid()}.{uuid4().hex[:8]}"
    paths = tuple(annotation.with_name(f"{mark}.{part}{ASIDE_SUFFIX}") for part in ("sampled", "measured"))
    try:
        yield paths[0], paths[1]
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _write(annotation: Path, data: bytes) -> None:
    with written_aside(annotation) as aside:
        aside.write_bytes(data)
