"""Progress of long work: a bar on a terminal, a line now and then in a log, and the events of a run in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LOG_INTERVAL_SECONDS = 15.0


class Advance(Protocol):
    def __call__(self, failed: bool = False) -> None: ...

    def note(self, text: str) -> None:
        """Something to tell beside the count, in place of what was told before."""
        ...


class _Silence:
    """The progress of nothing."""

    def __call__(self, failed: bool = False) -> None:
        return None

    def note(self, text: str) -> None:
        return None


class _Bar:
    def __init__(self, bar: Progress, name: str, total: int) -> None:
        self._bar = bar
        self._name = name
        self._task = bar.add_task(name, total=total, note="")
        self._failures = 0

    def __call__(self, failed: bool = False) -> None:
        self._failures += failed
        name = f"{self._name}, {self._failures} failed" if self._failures else self._name
        self._bar.update(self._task, advance=1, description=name)

    def note(self, text: str) -> None:
        self._bar.update(self._task, note=text)


class _Log:
    """A line every now and then, and at the end."""

    def __init__(self, say: Callable[[str], None], name: str, unit: str, total: int) -> None:
        self._say = say
        self._name = name
        self._unit = unit
        self._total = total
        self._start = self._last = time.monotonic()
        self._done = self._failures = 0
        self._note = ""

    def __call__(self, failed: bool = False) -> None:
        self._done += 1
        self._failures += failed
        self._tell(end=self._done == self._total)

    def note(self, text: str) -> None:
        self._note = f", {text}"
        self._tell()

    def _tell(self, end: bool = False) -> None:
        now = time.monotonic()
        if now - self._last < _LOG_INTERVAL_SECONDS and not end:
            return
        self._last = now
        left = f"{(now - self._start) / self._done * (self._total - self._done):.0f}" if self._done else "?"
        told = f"{self._done}/{self._total} {self._unit}, {self._failures} failed, about {left} s left"
        self._say(f"{self._name}: {told}{self._note}")


class Reporter:
    """Writes to standard error, so that standard output stays for results, unless what it says is the result."""

    def __init__(self, quiet: bool = False, to_stdout: bool = False) -> None:
        self._console = Console(stderr=not to_stdout, highlight=False, quiet=quiet)

    def say(self, text: str) -> None:
        """``text`` may hold names from outside: it is never read as markup, and control characters are shown as escapes."""
        self._console.print(visible(text), markup=False, emoji=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str, unit: str, total: int, reused: int) -> Iterator[Advance]:
        """Show the progress of ``total`` tasks; ``reused`` were found done."""
        if total == 0:
            self.say(f"{name}: nothing to do, {reused} {unit} done before")
            yield _Silence()
            return
        self.say(f"{name}: {total} {unit} to do" + (f", {reused} done before" if reused else ""))
        if not self._console.is_terminal:
            yield _Log(self.say, name, unit, total)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            yield _Bar(bar, name, total)


def visible(text: str) -> str:
    """Control characters (line breaks, terminal escapes) as ``\\x1b``-like text."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
