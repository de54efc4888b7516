"""The steps of a run that other processes do, told from its log as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from training.trainer.log import JSON_LINES, Value, read_log

_LOOK_SECONDS = 1.0


@contextmanager
def following(folder: Path, every: int, say: Callable[[str], None]) -> Iterator[None]:
    """Says every ``every``-th step that is written to the log of ``folder`` from now on; one that is done again, again."""
    told = {_which(line) for line in _steps(folder)}
    stop = threading.Event()

    def tell_new() -> None:
        for line in _steps(folder):
            if _which(line) not in told:
                told.add(_which(line))
                if int(line["step"]) % every == 0:
                    say(_said(line))

    def follow() -> None:
        while not stop.wait(_LOOK_SECONDS):
            tell_new()

    follower = threading.Thread(target=follow, name="shotloom-log-follower", daemon=True)
    follower.start()
    try:
        yield
    finally:
        stop.set()
        follower.join()
        tell_new()


def _steps(folder: Path) -> list[dict[str, Value]]:
    return [line for line in read_log(folder / JSON_LINES) if line["kind"] == "step"]


def _which(line: dict[str, Value]) -> tuple[Value, Value]:
    return line["attempt"], line["step"]


def _said(line: dict[str, Value]) -> str:
    loss = f"loss {float(line['loss']):.4f}" if "loss" in line else "no sample could be read"
    again = f" (attempt {line['attempt']})" if int(line["attempt"]) > 1 else ""
    return f"step {line['step']}{again}: {loss}, gradient {float(line['gradient']):.3g}, rate {float(line['rate']):.3g}"
