from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from captioning.asking.memory_room import MemoryRoom


def run(do: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(do, 20))


@given(
    limit=st.integers(1, 20),
    clips=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), min_size=1, max_size=25),
)
def test_the_bound_holds_and_every_clip_gets_its_turn(limit: int, clips: list[tuple[int, int, bool]]) -> None:
    """A clip: what it asks for, what it turns out to be, and whether it is cancelled."""

    async def do() -> None:
        room = MemoryRoom(limit)
        seen = []

        async def clip(size: int, real: int) -> None:
            async with room.share(size) as share:
                seen.append(room.used)
                await asyncio.sleep(0)
                share.shrink(real)
                await asyncio.sleep(0)

        tasks = [(asyncio.create_task(clip(size, real)), cancelled) for size, real, cancelled in clips]
        await asyncio.sleep(0)
        for task, cancelled in tasks:
            if cancelled:
                task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        assert all(used <= limit for used in seen)
        assert room.used == 0

    run(do())


def test_a_small_clip_does_not_overtake_a_large_one_for_ever() -> None:
    async def do() -> None:
        room, order = MemoryRoom(10), []

        async def clip(name: str, size: int) -> None:
            async with room.share(size):
                order.append(name)
                await asyncio.sleep(0)

        async with room.share(6):
            tasks = [asyncio.create_task(clip("large", 8)), asyncio.create_task(clip("small", 1))]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert order == []
        await asyncio.gather(*tasks)
        assert order == ["large", "small"]

    run(do())
