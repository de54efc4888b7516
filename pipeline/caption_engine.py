"""Captioning by a model on Ray: one desk per machine, fed so that its questions never run out.

Ray Data is not used here: it runs coroutines block by block and lets each block drain before the next (2.60), so that few
questions are on their way at every block's end; and it retries a row that kills its worker without end.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from captioning.asks import BackendUnusableError
from captioning.conversation.result import ConversationCounts
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from pipeline.caption_places import Machine, Place, gpus_wanted, places_for
from pipeline.caption_task import CaptionReply, CaptionTask, DeskPart, DeskState, DeskWork
from pipeline.sandbox import SandboxReply

_LOOK_SECONDS = 1.0
_CLOSE_SECONDS = 30.0
_SPARE_CALLS = 16
_UNUSABLE = "unusable: "
_MOST_DEATHS_OF_A_DESK = 5
_MOST_TRIES_OF_A_CLIP = 2

Watch = Callable[[DeskState], None]


class CaptionActor:
    """A desk as a Ray actor; everything crosses as JSON. Opened with the first clip."""

    def __init__(self, work: str) -> None:
        self._work = DeskWork.model_validate_json(work)
        self._desk: Any = None
        self._opening = asyncio.Lock()

    async def caption(self, task: str) -> str:
        """A ``CaptionReply``; or, where nobody can be asked, ``_UNUSABLE`` and why."""
        try:
            desk = await self._opened()
            reply: CaptionReply = await desk.caption(CaptionTask.model_validate_json(task))
        except BackendUnusableError as error:
            return f"{_UNUSABLE}{error}"
        return reply.model_dump_json()

    async def state(self) -> DeskState:
        return DeskState(0, 0, 0, 0) if self._desk is None else self._desk.state()

    async def close(self) -> None:
        if self._desk is not None:
            await self._desk.close()

    async def _opened(self) -> Any:
        async with self._opening:
            if self._desk is None:
                self._desk = await _DESKS[self._work.part](self._work)
        return self._desk


async def _words_desk(work: DeskWork) -> Any:
    from captioning.backends import open_models
    from captioning.conversation.converse import converse
    from pipeline.caption_desk import CaptionDesk

    return CaptionDesk(work, await open_models(work.captions, work.serving), converse)


async def _references_desk(work: DeskWork) -> Any:
    from pipeline.reference_look import open_reference_desk

    return await open_reference_desk(work)


async def _alignment_desk(work: DeskWork) -> Any:
    from pipeline.alignment_look import open_alignment_desk

    return await open_alignment_desk(work)


_DESKS: dict[DeskPart, Callable[[DeskWork], Awaitable[Any]]] = {
    "words": _words_desk,
    "references": _references_desk,
    "alignment": _alignment_desk,
}


@dataclass(eq=False)
class _Seat:
    """A place with its desk. ``out``: clips given to it; ``deaths``: of desks there."""

    place: Place
    actor: Any = None
    out: int = 0
    deaths: int = 0


@dataclass(frozen=True)
class _Out:
    seat: _Seat
    actor: Any
    task: CaptionTask


class CaptionPool:
    """Desks on the machines of the cluster that Ray is connected to. ``workers``: see ``places_for``."""

    def __init__(
        self, captions: CaptionSettings, serving: CaptionServingSettings, workers: int, part: DeskPart
    ) -> None:
        wanted = gpus_wanted(part, captions, serving)
        self._seats = [_Seat(place) for place in places_for(_machines(), wanted, workers)]
        self._part = part
        self._captions = captions
        self._serving = serving
        self._in_flight = math.ceil(serving.in_flight / len(self._seats))
        self._out: dict[Any, _Out] = {}
        self._tries: Counter[str] = Counter()

    def run(self, tasks: Sequence[CaptionTask], watch: Watch) -> Iterator[CaptionReply]:
        """Replies in the order in which clips end. ``watch`` is told about once a second. Raises ``BackendUnusableError``."""
        try:
            yield from self._replies(deque(tasks), watch)
            self._close()
        finally:
            self._kill()

    def _replies(self, left: deque[CaptionTask], watch: Watch) -> Iterator[CaptionReply]:
        import ray
        from ray.exceptions import ActorUnschedulableError, RayActorError

        looked = time.monotonic()
        while left or self._out:
            self._hand_out(left)
            done, _ = ray.wait(list(self._out), num_returns=1, timeout=_LOOK_SECONDS)
            for reference in done:
                out = self._out.pop(reference)
                out.seat.out -= 1
                try:
                    answer: str = ray.get(reference)
                except (RayActorError, ActorUnschedulableError) as error:
                    yield from self._after_death(out, left, error)
                    continue
                if answer.startswith(_UNUSABLE):
                    raise BackendUnusableError(answer.removeprefix(_UNUSABLE))
                yield CaptionReply.model_validate_json(answer)
            if time.monotonic() - looked > _LOOK_SECONDS:
                looked = time.monotonic()
                watch(self._state())

    def _hand_out(self, left: deque[CaptionTask]) -> None:
        """Enough clips for every desk: those that are asked about, and as many that are decoded meanwhile."""
        while left:
            seat = min(self._seats, key=lambda seat: seat.out)
            if seat.out >= self._most(seat):
                return
            if seat.actor is None:
                seat.actor = self._desk_at(seat)
            task = left.popleft()
            self._out[seat.actor.caption.remote(task.model_dump_json())] = _Out(seat, seat.actor, task)
            seat.out += 1

    def _most(self, seat: _Seat) -> int:
        return 2 * self._in_flight + seat.place.workers

    def _desk_at(self, seat: _Seat) -> Any:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        work = DeskWork(
            captions=self._captions,
            serving=self._serving,
            in_flight=self._in_flight,
            workers=seat.place.workers,
            part=self._part,
        )
        actor = ray.remote(CaptionActor).options(
            num_cpus=1,
            num_gpus=seat.place.gpus,
            max_concurrency=self._most(seat) + _SPARE_CALLS,
            scheduling_strategy=NodeAffinitySchedulingStrategy(seat.place.node, soft=False),
        )
        return actor.remote(work.model_dump_json())

    def _after_death(self, out: _Out, left: deque[CaptionTask], error: Exception) -> Iterator[CaptionReply]:
        """The clips that a desk died with are given out once more, in case one of them is what killed it."""
        seat, task = out.seat, out.task
        if out.actor is seat.actor:
            seat.actor = None
            seat.deaths += 1
            if seat.deaths == _MOST_DEATHS_OF_A_DESK:
                self._seats.remove(seat)
        if not self._seats:
            raise BackendUnusableError(f"the process that captions died {seat.deaths} times: {error}")
        self._tries[task.id] += 1
        if self._tries[task.id] < _MOST_TRIES_OF_A_CLIP:
            left.appendleft(task)
            return
        reply = SandboxReply(
            "crashed", reason="server_died", detail="The process that asked about this clip died twice."
        )
        yield CaptionReply(id=task.id, reply=reply, passing=True, counts=ConversationCounts(), seconds=0.0)

    def _state(self) -> DeskState:
        import ray

        actors = self._actors()
        done, _ = ray.wait([actor.state.remote() for actor in actors], num_returns=len(actors), timeout=_LOOK_SECONDS)
        states = [state for reference in done if (state := _state_of(reference)) is not None]
        return DeskState(
            sum(state.in_flight for state in states),
            sum(state.answers for state in states),
            sum(state.prompt_tokens for state in states),
            sum(state.answer_tokens for state in states),
        )

    def _close(self) -> None:
        """Models are let go of in order."""
        import ray

        if actors := self._actors():
            ray.wait([actor.close.remote() for actor in actors], num_returns=len(actors), timeout=_CLOSE_SECONDS)

    def _kill(self) -> None:
        """At once where a build is stopped."""
        import ray

        for actor in self._actors():
            ray.kill(actor)

    def _actors(self) -> list[Any]:
        return [seat.actor for seat in self._seats if seat.actor is not None]


def _state_of(reference: Any) -> DeskState | None:
    """None of a desk that has died: whoever waits for its clips learns of it, and deals with it."""
    import ray
    from ray.exceptions import ActorUnschedulableError, RayActorError

    try:
        state: DeskState = ray.get(reference)
    except (RayActorError, ActorUnschedulableError):
        return None
    return state


def _machines() -> list[Machine]:
    import ray

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    alive = [(node["NodeID"], node["Resources"]) for node in nodes if node["Alive"]]
    return [Machine(node, int(has.get("CPU", 0)), int(has.get("GPU", 0))) for node, has in alive]
