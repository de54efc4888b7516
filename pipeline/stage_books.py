"""One stage's books: its rows held against the names of what went in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from formats.ledger import Verdict
from pipeline.fingerprint import fingerprint


@dataclass(frozen=True)
class StageBooks:
    """``dropped`` and ``failed`` count rows by reason. ``problems`` are sentences; ``behind`` see ``pipeline/books.py``."""

    name: str
    unit: str
    incoming: int
    kept: int
    dropped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    problems: tuple[str, ...] = ()
    behind: bool = False

    @property
    def failed_share(self) -> float:
        return sum(self.failed.values()) / self.incoming if self.incoming else 0.0


Rows = list[tuple[str, Verdict]]
"""``(name, verdict)`` of every row of a stage."""


def stage_books(name: str, unit: str, incoming: Iterable[str], rows: Rows, behind: bool = False) -> StageBooks:
    """Hold a stage's rows against the names of what went in."""
    expected, found = Counter(incoming), Counter(key for key, _ in rows)
    counts: dict[str, Counter[str]] = {"kept": Counter(), "dropped": Counter(), "failed": Counter()}
    for _, verdict in rows:
        counts[verdict.outcome][verdict.reason] += 1
    problems = [f"{name}: {key} went in and has no row" for key in sorted(expected - found)]
    problems += [f"{name}: {key} has a row more than went in" for key in sorted(found - expected)]
    return StageBooks(
        name=name,
        unit=unit,
        incoming=expected.total(),
        kept=counts["kept"].total(),
        dropped=counts["dropped"],
        failed=counts["failed"],
        problems=() if behind else tuple(problems),
        behind=behind,
    )


def intake_of(keys: Iterable[str]) -> str:
    """A short name for a set of keys, kept with a stage's table to tell whether the stage before it changed since."""
    return fingerprint(sorted(keys))
