"""Progress of long work: a bar on a terminal, a line now and then in a log, and the events of a run in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_LOG_INTERVAL_SECONDS = 15.0


class Advance(Protocol):
    def __call__(self, failed: bool = False) -> None: ...


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
            yield _ignore
            return
        self.say(f"{name}: {total} {unit} to do" + (f", {reused} done before" if reused else ""))
        if self._console.is_terminal:
            yield from self._bar(name, unit, total)
        else:
            yield from self._log(name, unit, total)

    def _bar(self, name: str, unit: str, total: int) -> Iterator[Advance]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            task = bar.add_task(name, total=total)
            failures = 0

            def advance(failed: bool = False) -> None:
                nonlocal failures
                failures += failed
                bar.update(task, advance=1, description=f"{name}, {failures} failed" if failures else name)

            yield advance

    def _log(self, name: str, unit: str, total: int) -> Iterator[Advance]:
        start = last = time.monotonic()
        done = failures = 0

        def advance(failed: bool = False) -> None:
            nonlocal done, failures, last
            done += 1
            failures += failed
            now = time.monotonic()
            if now - last >= _LOG_INTERVAL_SECONDS or done == total:
                last = now
                left = (now - start) / done * (total - done)
                self.say(f"{name}: {done}/{total} {unit}, {failures} failed, about {left:.0f} s left")

        yield advance


def visible(text: str) -> str:
    """Control characters (line breaks, terminal escapes) as ``\\x1b``-like text."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _ignore(failed: bool = False) -> None:
    return None
