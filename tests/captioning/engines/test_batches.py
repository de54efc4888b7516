from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from captioning.asks import Answer, Ask, AskError
from captioning.engines.batches import Batches, Outcome


def asked(number: int) -> Ask:
    return Ask(str(number), "", ("?",), "", 8, 0.0, 0)


def answered(ask: Ask) -> Answer:
    return Answer(ask.id, f"said {ask.id}", "stop", 1, 1)


class Gate:
    """Answers when it is opened, and remembers each batch."""

    def __init__(self) -> None:
        self.open, self.begun, self.batches = threading.Event(), threading.Event(), list[list[str]]()

    def __call__(self, asks: Sequence[Ask]) -> list[Outcome]:
        self.batches.append([ask.id for ask in asks])
        self.begun.set()
        self.open.wait(30)
        return [AskError("odd", ask.id, passing=False) if int(ask.id) % 10 == 9 else answered(ask) for ask in asks]


def test_each_ask_gets_its_own_answer_and_batches_are_full() -> None:
    async def scene() -> None:
        gate = Gate()
        gate.open.set()
        batches = Batches(gate, at_once=4)
        outcomes = await asyncio.gather(*(batches.ask(asked(n)) for n in range(20)), return_exceptions=True)
        assert [o.id if isinstance(o, Answer) else "" for o in outcomes] == [
            "" if n % 10 == 9 else str(n) for n in range(20)
        ]
        assert [str(o) for o in outcomes if isinstance(o, AskError)] == ["odd: 9", "odd: 19"]
        assert gate.batches == [[str(n) for n in range(at, at + 4)] for at in range(0, 20, 4)]
        await batches.close()

    asyncio.run(scene())


def test_the_event_loop_turns_while_a_batch_runs() -> None:
    async def scene() -> None:
        gate = Gate()
        batches = Batches(gate, at_once=2)
        answer = asyncio.ensure_future(batches.ask(asked(1)))
        while not gate.begun.is_set():
            await asyncio.sleep(0)
        assert not answer.done()
        gate.open.set()
        assert (await answer).text == "said 1"
        await batches.close()

    asyncio.run(scene())


def test_a_cancelled_ask_is_not_run_and_others_are() -> None:
    async def scene() -> None:
        gate = Gate()
        batches = Batches(gate, at_once=1)
        running = asyncio.ensure_future(batches.ask(asked(1)))
        while not gate.begun.is_set():
            await asyncio.sleep(0)
        waiting, last = (asyncio.ensure_future(batches.ask(asked(n))) for n in (2, 3))
        await asyncio.sleep(0)
        waiting.cancel()
        running.cancel()
        await asyncio.sleep(0)
        gate.open.set()
        assert (await last).text == "said 3"
        assert gate.batches == [["1"], ["3"]]
        await batches.close()

    asyncio.run(scene())


def test_a_batch_that_breaks_fails_its_own_asks_and_the_next_is_answered() -> None:
    def breaks_at_first(asks: Sequence[Ask]) -> list[Outcome]:
        if asks[0].id == "0":
            raise KeyError("pixel_values")
        return [answered(ask) for ask in asks]

    async def scene() -> None:
        batches = Batches(breaks_at_first, at_once=2)
        both = asyncio.gather(*(batches.ask(asked(n)) for n in range(2)), return_exceptions=True)
        broken = await asyncio.wait_for(both, 10)
        assert [str(error) for error in broken] == ["model_failed: KeyError: 'pixel_values'"] * 2
        assert (await asyncio.wait_for(batches.ask(asked(2)), 10)).text == "said 2"
        await batches.close()

    asyncio.run(scene())


def test_closing_fails_what_waits_and_what_comes() -> None:
    async def scene() -> None:
        gate = Gate()
        batches = Batches(gate, at_once=1)
        first, second = (asyncio.ensure_future(batches.ask(asked(n))) for n in (1, 2))
        while not gate.begun.is_set():
            await asyncio.sleep(0)
        closing = asyncio.ensure_future(batches.close())
        await asyncio.sleep(0)
        gate.open.set()
        await closing
        assert (await first).text == "said 1"
        for late in (second, batches.ask(asked(3))):
            with pytest.raises(AskError) as refused:
                await late
            assert (refused.value.reason, refused.value.passing) == ("closed", True)

    asyncio.run(scene())
