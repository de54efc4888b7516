"""Servers that play the same part: the least busy is asked, one that fails is rested and then tried with one question.

The rule of rest: after the first failure half a second, twice as long after each further one up to half a minute, and no less than
the server said (``Retry-After``) up to a minute. One answer ends it. What was on its way when a rest began does not lengthen it.

Patience is that of all questions together: it begins with the first trouble after the last answer. So servers that are gone for
good are waited for once, not by every question anew. Where nobody has met trouble for as long, as nobody asked, it begins anew.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from captioning.backends.exchange_error import ExchangeError

FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 30.0
LONGEST_TOLD_SECONDS = 60.0
_FAULTS_TO_REST = 3
_LOOK_AGAIN_SECONDS = 0.2


@dataclass(eq=False)
class ServerState:
    """``url`` without ``/`` at its end. ``served``: names of models and the ids to ask for them by; ``None``: not known yet.
    ``answered``: ever; ``failures`` in a row; ``probes``: questions on their way to find out whether it is back.
    """

    url: str
    served: dict[str, str] | None = None
    answered: bool = False
    in_flight: int = 0
    failures: int = 0
    faults: int = 0
    probes: int = 0
    rests_until: float = 0.0


@dataclass(frozen=True)
class Turn:
    """One question at one server."""

    server: ServerState
    began: float


@dataclass
class Endpoints:
    """``servers``: those that may be asked, on one event loop. ``patience`` in seconds. ``clock``: seconds, for tests.
    ``answered_once``: a question was, by any of them; ``trouble``: the last one, which came at ``troubled_at``;
    ``silent_since``: when the first one after the last answer came."""

    servers: list[ServerState]
    patience: float
    clock: Callable[[], float] = time.monotonic
    answered_once: bool = False
    trouble: ExchangeError | None = None
    troubled_at: float = 0.0
    silent_since: float | None = None
    _dice: random.Random = field(default_factory=random.Random)

    def patient_until(self) -> float:
        """When a question that comes now has waited long enough."""
        return self._silence() + self.patience

    def awake(self) -> ServerState | None:
        """The least busy server that may be asked now."""
        now = self.clock()
        awake = [s for s in self.servers if s.rests_until <= now and not (s.failures and s.probes)]
        return min(awake, key=lambda server: (server.in_flight, self._dice.random()), default=None)

    async def free(self, until: float) -> ServerState | None:
        """As ``awake``, waiting for one to the instant ``until``; ``None`` from then on, and where no server is left."""
        while self.servers and (now := self.clock()) < until:
            if server := self.awake():
                return server
            soonest = min(server.rests_until for server in self.servers)
            await asyncio.sleep(min(max(soonest - now, _LOOK_AGAIN_SECONDS), until - now))
        return None

    def drop(self, server: ServerState) -> None:
        """It turned out to be another's. Several questions may find that at once."""
        self.servers = [other for other in self.servers if other is not server]

    @contextmanager
    def turn(self, server: ServerState) -> Iterator[Turn]:
        probe = server.failures > 0
        server.in_flight += 1
        server.probes += probe
        try:
            yield Turn(server, self.clock())
        finally:
            server.in_flight -= 1
            server.probes -= probe

    def answered(self, turn: Turn) -> None:
        turn.server.failures = turn.server.faults = 0
        turn.server.answered = self.answered_once = True
        self.silent_since = None

    def troubled(self, trouble: ExchangeError) -> None:
        self.silent_since = self._silence()
        self.trouble, self.troubled_at = trouble, self.clock()

    def _silence(self) -> float:
        """Since when nobody answers, were the next question to meet trouble now."""
        now = self.clock()
        return now if self.silent_since is None or now - self.troubled_at > self.patience else self.silent_since

    def away(self, turn: Turn, told: float | None) -> None:
        """The server is busy or gone: it rests, for ``told`` seconds at least where it said so."""
        server, now = turn.server, self.clock()
        if turn.began < server.rests_until:
            if told is not None:
                server.rests_until = max(server.rests_until, now + min(told, LONGEST_TOLD_SECONDS))
            return
        server.failures += 1
        server.rests_until = now + max(backoff(server.failures, self._dice), min(told or 0.0, LONGEST_TOLD_SECONDS))

    def faulty(self, turn: Turn, told: float | None) -> None:
        """It failed on one question, which may be the question's fault: it rests when that goes on."""
        turn.server.faults += 1
        if turn.server.faults >= _FAULTS_TO_REST or told is not None:
            self.away(turn, told)


def backoff(failures: int, dice: random.Random) -> float:
    """Seconds after the ``failures``-th failure in a row, 1 for the first: doubled each time, capped, half of it by chance."""
    longest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2.0 ** min(failures - 1, 20))
    return longest * dice.uniform(0.5, 1.0)
