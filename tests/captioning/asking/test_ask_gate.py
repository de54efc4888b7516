from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from captioning.asking.ask_gate import AskGate


def run(do: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(do, 20))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_clip_that_came_first_asks_first() -> None:
    async def do() -> None:
        gate, order = AskGate(1), []

        async def ask(clip: int) -> None:
            async with gate.entered(clip):
                order.append(clip)
                await asyncio.sleep(0)

        async with gate.entered(0):
            waiting = [asyncio.create_task(ask(clip)) for clip in (5, 2, 9, 2)]
            await settled()
        await asyncio.gather(*waiting)
        assert order == [2, 2, 5, 9]

    run(do())


@given(
    limit=st.integers(1, 4),
    asks=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=25),
)
def test_never_more_than_the_limit_are_inside_and_nobody_waits_for_ever(
    limit: int, asks: list[tuple[int, bool]]
) -> None:
    async def do() -> None:
        gate = AskGate(limit)
        most = 0

        async def ask(clip: int) -> None:
            nonlocal most
            async with gate.entered(clip):
                most = max(most, gate.inside)
                await asyncio.sleep(0)

        tasks = [(asyncio.create_task(ask(clip)), cancelled) for clip, cancelled in asks]
        await asyncio.sleep(0)
        for task, cancelled in tasks:
            if cancelled:
                task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert most <= limit
        assert gate.inside == 0

    run(do())


def test_one_that_is_cancelled_as_its_turn_comes_passes_it_on() -> None:
    async def do() -> None:
        gate = AskGate(1)

        async def ask() -> None:
            async with gate.entered(1):
                pass

        async with gate.entered(0):
            first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
            await settled()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await second
        assert gate.inside == 0

    run(do())
