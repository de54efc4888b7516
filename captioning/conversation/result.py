"""What a conversation gives back: an annotation and what it took, or a reason."""

from __future__ import annotations

from typing import Literal

from captioning.asks import AskError
from captioning.protocol import ClipAnnotation
from formats.film_scan import Record

FaultOutcome = Literal["repaired", "retried", "left_out", "rejected"]
"""``repaired``: by its stated rule; ``retried``: asked again with the fault named; ``left_out``: the last attempt had it
too, and one item of the answer was dropped; ``rejected``: the last attempt had it too, and the answer was given up."""


class FaultCount(Record):
    """``fault`` is a kind of ``captioning/faults/rules.py``."""

    fault: str
    outcome: FaultOutcome
    count: int


class ConversationCounts(Record):
    """``asks`` are all that were answered, ``retries`` those of them after a fault. Tokens as backends count them.
    ``faults`` are sorted. ``measured``: questions whose measured words stood in (``on_reject: measured``).
    """

    asks: int = 0
    retries: int = 0
    pictures: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    measured: int = 0
    faults: tuple[FaultCount, ...] = ()


class ConversationResult(Record):
    annotation: ClipAnnotation
    counts: ConversationCounts


class ConversationError(Exception):
    """A question had no usable answer in all its attempts, and ``on_reject`` is ``fail``. ``reason`` is ``answer_`` and the
    last fault, ``"answer_refused"``; ``detail`` is a sentence without words of the model.
    """

    def __init__(self, reason: str, detail: str, counts: ConversationCounts) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.counts = counts


class UnansweredError(AskError):
    """An ``AskError`` in the middle of a conversation, with what was answered before."""

    def __init__(self, error: AskError, counts: ConversationCounts) -> None:
        super().__init__(error.reason, error.detail, passing=error.passing)
        self.counts = counts
