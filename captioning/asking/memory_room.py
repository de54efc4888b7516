"""A bound on the bytes that clips take between their decoding and their last answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Share:
    """What one clip holds of the room."""

    def __init__(self, room: MemoryRoom, size: int) -> None:
        self._room = room
        self._size = size

    def shrink(self, size: int) -> None:
        """It turned out to be ``size`` bytes; more than was asked for is not given."""
        size = min(size, self._size)
        self._room.give_back(self._size - size)
        self._size = size

    def end(self) -> None:
        self.shrink(0)


class MemoryRoom:
    """``limit`` bytes, given in the order of asking, on one event loop. What is larger than the whole room gets it alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def used(self) -> int:
        return self._used

    @asynccontextmanager
    async def share(self, size: int) -> AsyncIterator[Share]:
        size = min(size, self._limit)
        await self._take(size)
        share = Share(self, size)
        try:
            yield share
        finally:
            share.end()

    def give_back(self, size: int) -> None:
        self._used -= size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if turn.done():
                self._waiting.popleft()
            elif self._used + wanted <= self._limit:
                self._waiting.popleft()
                self._used += wanted
                turn.set_result(None)
            else:
                return

    async def _take(self, size: int) -> None:
        if not self._waiting and self._used + size <= self._limit:
            self._used += size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(size)
            raise
