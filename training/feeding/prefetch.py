"""What a slow iterator gives, made ahead in a thread: never more than a wanted number of things lie ready."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

_T = TypeVar("_T")
_LOOK_SECONDS = 0.1


class Prefetched(Generic[_T]):
    """A context manager that is iterated over once. What ``things`` raises is raised where it would have come, after all before it.
    At most ``ahead`` things lie ready, and one more is being made. ``waited``: seconds that the taker had to wait."""

    def __init__(self, things: Iterable[_T], ahead: int) -> None:
        self._things = things
        self._ready: queue.Queue[_T | _End] = queue.Queue(ahead)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._make, name="shotloom-prefetch", daemon=True)
        self.waited = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[_T]:
        while True:
            start = time.monotonic()
            thing = self._ready.get()
            self.waited += time.monotonic() - start
            if isinstance(thing, _End):
                if thing.error is not None:
                    raise thing.error
                return
            yield thing

    def _make(self) -> None:
        error: BaseException | None = None
        try:
            for thing in self._things:
                if not self._put(thing):
                    return
        except BaseException as raised:  # noqa: BLE001 - raised again in the thread that takes
            error = raised
        self._put(_End(error))

    def _put(self, thing: _T | _End) -> bool:
        """Whether there was somebody to take it."""
        while not self._stop.is_set():
            try:
                self._ready.put(thing, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class _End:
    """After the last thing; ``error`` is why there are no more."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
