"""What can go wrong between a question and a server's answer, and what is done about it."""

from __future__ import annotations

from typing import Literal

Remedy = Literal["wait", "elsewhere", "again", "give_up", "end"]
"""``wait``: the server is away or busy, so the question waits for it or goes to another; ``elsewhere``: it serves another model, so
the question goes to another; ``again``: something went wrong on the way, worth a few more tries; ``give_up``: the server will not
have this question; ``end``: it will have none of ours."""

NOT_FOUND = "not_found"
"""The reason of a 404: a wrong address, or a gateway whose server is on its way back."""


class ExchangeError(Exception):
    """``reason`` is a word of ``captioning.asks.ASK_REASONS`` where the remedy is not ``end``. ``wait_seconds``: what the
    server said (``Retry-After``)."""

    def __init__(self, remedy: Remedy, reason: str, detail: str, wait_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.remedy = remedy
        self.reason = reason
        self.detail = detail
        self.wait_seconds = wait_seconds
