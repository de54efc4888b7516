"""Captioning by a model on Ray: one desk per machine, fed so that its questions never run out.

Ray Data is not used here: it runs coroutines block by block and lets each block drain before the next (2.60), so that few
questions are on their way at every block's end; and it retries a row that kills its worker without end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from captioning.asks import BackendUnusableError
from captioning.conversation.result import ConversationCounts
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from pipeline.caption_places import Machine, gpus_wanted, places_for, questions_per_desk
from pipeline.caption_seats import CaptionSeats, Fate, Given, Seat
from pipeline.caption_task import CaptionReply, CaptionTask, DeskPart, DeskState, DeskWork
from pipeline.sandbox import SandboxReply

_LOOK_SECONDS = 1.0
_CLOSE_SECONDS = 30.0
_SPARE_CALLS = 16
_UNUSABLE = "unusable: "

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


class CaptionPool:
    """Desks on the machines of the cluster that Ray is connected to. ``workers``: see ``places_for``."""

    def __init__(
        self, captions: CaptionSettings, serving: CaptionServingSettings, workers: int, part: DeskPart
    ) -> None:
        wanted = gpus_wanted(part, captions, serving)
        self._places = places_for(_machines(), wanted, workers)
        self._part = part
        self._captions = captions
        self._serving = serving
        self._in_flight = questions_per_desk(part, captions, serving, len(self._places))
        self._seats = CaptionSeats((), 0, ())
        self._out: dict[Any, Given] = {}

    def run(self, tasks: Sequence[CaptionTask], watch: Watch) -> Iterator[CaptionReply]:
        """Replies in the order in which clips end. ``watch`` is told about once a second. Raises ``BackendUnusableError``."""
        self._seats = CaptionSeats(self._places, self._in_flight, tasks)
        try:
            yield from self._replies(watch)
            self._close()
        finally:
            self._kill()

    def _replies(self, watch: Watch) -> Iterator[CaptionReply]:
        import ray

        looked = time.monotonic()
        while self._seats.waiting or self._out:
            self._hand_out()
            done, _ = ray.wait(list(self._out), num_returns=1, timeout=_LOOK_SECONDS)
            for reference in done:
                yield from self._taken(self._out.pop(reference), reference)
            if time.monotonic() - looked > _LOOK_SECONDS:
                looked = time.monotonic()
                watch(self._state())

    def _hand_out(self) -> None:
        for given in self._seats.hand_out():
            if given.seat.actor is None:
                given.seat.actor = self._desk_at(given.seat)
            self._out[given.seat.actor.caption.remote(given.task.model_dump_json())] = given

    def _taken(self, given: Given, reference: Any) -> Iterator[CaptionReply]:
        """The clip's reply, or what follows from the death of its desk."""
        fate, answer = _fetched(reference)
        if fate == "answered" and answer.startswith(_UNUSABLE):
            raise BackendUnusableError(answer.removeprefix(_UNUSABLE))
        blamed = self._seats.came_back(given, fate)
        if fate == "answered":
            yield CaptionReply.model_validate_json(answer)
        if blamed is not None:
            yield _died_over(blamed)
        if not self._seats.seats:
            raise BackendUnusableError(f"no process that captions can be kept on any machine; the last one: {answer}")

    def _desk_at(self, seat: Seat) -> Any:
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
            max_concurrency=self._seats.most(seat) + _SPARE_CALLS,
            scheduling_strategy=NodeAffinitySchedulingStrategy(seat.place.node, soft=False),
        )
        return actor.remote(work.model_dump_json())

    def _state(self) -> DeskState:
        import ray

        actors = self._actors()
        if not actors:
            return DeskState(0, 0, 0, 0)
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
        return [seat.actor for seat in self._seats.seats if seat.actor is not None]


def _died_over(task: CaptionTask) -> CaptionReply:
    detail = "The process that asked about this clip died, and died again when it asked about nothing else."
    reply = SandboxReply("crashed", reason="server_died", detail=detail)
    return CaptionReply(id=task.id, reply=reply, passing=True, counts=ConversationCounts(), seconds=0.0)


def _fetched(reference: Any) -> tuple[Fate, str]:
    """The desk's answer, or why there is none."""
    import ray
    from ray.exceptions import ActorUnschedulableError, RayActorError

    try:
        answer: str = ray.get(reference)
    except ActorUnschedulableError as error:
        return "unplaced", str(error)
    except RayActorError as error:
        return "died", str(error)
    return "answered", answer


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
