"""Faults as they are found, and what was read in spite of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from captioning.faults.rules import RULES

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Fault:
    """``kind`` is one of ``RULES``. ``where``: the field of the answer, in words of ours: ``"events[1].prompt"``."""

    kind: str
    where: str

    def __post_init__(self) -> None:
        if self.kind not in RULES:
            raise ValueError(f"{self.kind!r} is no kind of fault")

    @property
    def asks_again(self) -> bool:
        return RULES[self.kind].rule == "retry"


@dataclass(frozen=True)
class Reading(Generic[T_co]):
    """``value``: what was read, repaired, with items left out that cannot be; None where nothing of use was."""

    value: T_co | None
    faults: tuple[Fault, ...] = ()


@dataclass
class FaultLog:
    """Gathers the faults of one answer."""

    found: list[Fault] = field(default_factory=list)

    def add(self, kind: str, where: str) -> None:
        self.found.append(Fault(kind, where))

    def take(self, reading: Reading[T]) -> T | None:
        """The reading's value; its faults are added."""
        self.found.extend(reading.faults)
        return reading.value

    def reading(self, value: T | None) -> Reading[T]:
        return Reading(value, tuple(self.found))
