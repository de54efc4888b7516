"""A worker of Ray's that dies in the middle of a run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from training.trainer.log import JSON_LINES, read_log


@contextmanager
def killing_a_worker(folder: Path, step: int) -> Iterator[None]:
    """One of the workers that descend from this process dies by SIGKILL once ``step`` steps are in the log of ``folder``."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            if any(line["step"] >= step for line in read_log(folder / JSON_LINES)):
                _workers()[-1].kill()
                return
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _workers() -> list[psutil.Process]:
    every = psutil.Process(os.getpid()).children(recursive=True)
    return [process for process in every if any("RayTrainWorker" in word for word in process.cmdline())]
