"""Puts a question to a backend until its answer can be used, a bounded number of times."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from captioning.asks import Answer, Ask, AskBackend, AskPicture
from captioning.conversation.question import Question
from captioning.conversation.result import ConversationCounts, ConversationError, FaultCount, FaultOutcome
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import Fault, Reading
from captioning.faults.rules import RULES

T = TypeVar("T")

_MOST_NAMED = 6


class Asker:
    """Asks about clip ``key`` and keeps count."""

    def __init__(self, key: str, settings: ConversationSettings) -> None:
        self._key = key
        self._settings = settings
        self._counts = ConversationCounts()
        self._faults: Counter[tuple[str, FaultOutcome]] = Counter()

    @property
    def counts(self) -> ConversationCounts:
        """So far."""
        faults = sorted(self._faults.items())
        rows = tuple(FaultCount(fault=kind, outcome=outcome, count=count) for (kind, outcome), count in faults)
        return self._counts.model_copy(update={"faults": rows})

    async def ask(self, backend: AskBackend, question: Question[T]) -> T | None:
        """What the first usable answer says. None where there is none and measured words stand in. Raises
        ``ConversationError`` where there is none otherwise, and the backend's ``AskError``.
        """
        faults: tuple[Fault, ...] = ()
        for attempt in range(1, self._settings.attempts + 1):
            ask = self._ask(question, attempt, faults)
            answer = await backend.ask(ask)
            self._count_answer(ask, answer, attempt)
            reading = _read(ask, answer, question)
            faults = tuple(fault for fault in reading.faults if fault.asks_again)
            if not faults:
                break
            if attempt < self._settings.attempts:
                self._note(faults, "retried")
        self._note((fault for fault in reading.faults if RULES[fault.kind].rule == "repair"), "repaired")
        self._note((fault for fault in reading.faults if RULES[fault.kind].rule == "leave out"), "left_out")
        if reading.value is not None:
            self._note(faults, "left_out")
            return reading.value
        self._note(faults, "rejected")
        self._give_up(question.name, faults)
        return None

    def leave_out(self, faults: Iterable[Fault]) -> None:
        """Counts what was found wrong only when several answers were put together."""
        self._note(faults, "left_out")

    def _give_up(self, name: str, faults: Iterable[Fault]) -> None:
        if self._settings.on_reject == "measured":
            self._counts = self._counts.model_copy(update={"measured": self._counts.measured + 1})
            return
        worst = next(iter(faults))
        detail = f"The answer to {name} could not be used in {self._settings.attempts} attempts: {_told([worst])}"
        raise ConversationError(f"answer_{worst.kind}", detail, self.counts)

    def _ask(self, question: Question[T], attempt: int, faults: tuple[Fault, ...]) -> Ask:
        settings = self._settings
        again = (f"Your last answer could not be used. {_told(faults)} Answer again.",) if faults else ()
        name = f"{self._key}/{question.name}/attempt-{attempt}"
        warmer = max(settings.temperature, settings.retry_temperature)
        return Ask(
            id=name,
            system=question.prompt.system_in(settings.language),
            parts=(*question.parts, *again),
            schema=question.schema,
            max_tokens=settings.answer_tokens,
            temperature=warmer if attempt > 1 else settings.temperature,
            seed=_seed(settings.seed, name),
        )

    def _count_answer(self, ask: Ask, answer: Answer, attempt: int) -> None:
        counts = self._counts
        self._counts = ConversationCounts(
            asks=counts.asks + 1,
            retries=counts.retries + (attempt > 1),
            pictures=counts.pictures + sum(isinstance(part, AskPicture) for part in ask.parts),
            prompt_tokens=counts.prompt_tokens + answer.prompt_tokens,
            answer_tokens=counts.answer_tokens + answer.answer_tokens,
            measured=counts.measured,
        )

    def _note(self, faults: Iterable[Fault], outcome: FaultOutcome) -> None:
        self._faults.update((fault.kind, outcome) for fault in faults)


def _seed(seed: int, name: str) -> int:
    """Below 2**31, another for every ask: with one seed for all, a model that draws says the same of what it cannot tell apart."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:4]) >> 1


def _read(ask: Ask, answer: Answer, question: Question[T]) -> Reading[T]:
    """An answer to another question is not looked at."""
    if answer.id != ask.id:
        return Reading(None, (Fault("wrong_id", "answer"),))
    return question.read(answer)


def _told(faults: Iterable[Fault]) -> str:
    """The faults named, each once, without a word of the answer."""
    lines = dict.fromkeys(f"{fault.where}: {RULES[fault.kind].remedy}" for fault in faults)
    return " ".join(list(lines)[:_MOST_NAMED])
