"""Asks that arrive one by one on an event loop, answered together by a thread."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from captioning.asks import Answer, Ask, AskError

GATHERING_SECONDS = 0.02
"""So long a batch that is not full waits for more: asks that are put in one turn of the loop go together."""

Outcome = Answer | AskError
AnswerBatch = Callable[[Sequence[Ask]], Sequence[Outcome]]
"""Answers in the order of the asks. What it raises fails all of them."""


class Batches:
    """Runs ``answer`` on a thread of its own, with the oldest asks and at most ``at_once`` of them."""

    def __init__(self, answer: AnswerBatch, at_once: int) -> None:
        self._answer, self._at_once = answer, at_once
        self._waiting: deque[tuple[Ask, Future[Answer]]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="asks", daemon=True)
        self._thread.start()

    async def ask(self, ask: Ask) -> Answer:
        """An ask that is cancelled while it waits is never run. Raises ``AskError``."""
        future: Future[Answer] = Future()
        with self._changed:
            if self._closed:
                raise closed()
            self._waiting.append((ask, future))
            self._changed.notify_all()
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """Waits for the batch that runs; asks that wait fail."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while batch := self._next():
            for (_, future), outcome in zip(batch, self._outcomes([ask for ask, _ in batch]), strict=True):
                if isinstance(outcome, AskError):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        for _, future in self._waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(closed())

    def _outcomes(self, asks: list[Ask]) -> Sequence[Outcome]:
        try:
            return self._answer(asks)
        except Exception as error:  # noqa: BLE001 - a thread that ended would leave every later ask waiting for ever
            return [failed(error, passing=True)] * len(asks)

    def _next(self) -> list[tuple[Ask, Future[Answer]]]:
        """Empty once closed."""
        batch: list[tuple[Ask, Future[Answer]]] = []
        with self._changed:
            while not batch and not self._closed:
                self._changed.wait_for(lambda: self._closed or len(self._waiting) > 0)
                self._changed.wait_for(lambda: self._closed or len(self._waiting) >= self._at_once, GATHERING_SECONDS)
                while self._waiting and len(batch) < self._at_once and not self._closed:
                    ask, future = self._waiting.popleft()
                    if future.set_running_or_notify_cancel():
                        batch.append((ask, future))
        return batch


def failed(error: Exception, *, passing: bool) -> AskError:
    line = (str(error).strip() or "no reason given").splitlines()[0]
    return AskError("model_failed", f"{type(error).__name__}: {line}", passing=passing)


def closed() -> AskError:
    return AskError("closed", "the model was closed before it answered", passing=True)
