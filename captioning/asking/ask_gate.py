"""How many questions are on their way at once, and whose is next: the clip that has waited longest.

Clips are finished one after another that way, not all at the end, so that a run that is killed has few half-asked ones.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class AskGate:
    """At most ``limit`` at once, on one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0
        self._came = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @property
    def inside(self) -> int:
        return self._inside

    @asynccontextmanager
    async def entered(self, clip: int) -> AsyncIterator[None]:
        """``clip``: the number of the clip in the order in which clips came; the lowest goes first."""
        await self._enter(clip)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, clip: int) -> None:
        if self._inside < self._limit:
            self._inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._came += 1
        heapq.heappush(self._waiting, (clip, self._came, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """The place goes to the next who still waits."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._inside -= 1
