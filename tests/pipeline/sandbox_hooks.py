"""Tasks that misbehave, each in its own way. Run only inside a sandbox, by ``test_sandbox.py``."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from operators.film_error import FilmError


def echo(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"got": arguments}


def surroundings(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "stdin": sys.stdin.read(),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "threads": os.environ["OMP_NUM_THREADS"],
        "token": os.environ.get("HF_TOKEN", ""),
        "group": os.getpgid(0) == os.getpid(),
    }


def refuse(arguments: dict[str, Any]) -> dict[str, Any]:
    raise FilmError("damaged", "Nothing can be read.")


def fail(arguments: dict[str, Any]) -> dict[str, Any]:
    raise KeyError("the missing shot")


def leave(arguments: dict[str, Any]) -> dict[str, Any]:
    sys.exit(3)


def abort(arguments: dict[str, Any]) -> dict[str, Any]:
    os.write(2, b"assertion failed in a decoder\n")
    os.abort()


def segfault(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"text": str(ctypes.string_at(0))}


def hang(arguments: dict[str, Any]) -> dict[str, Any]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(arguments["pid"]).write_text(str(os.getpid()))
    while True:
        pass


def hog(arguments: dict[str, Any]) -> dict[str, Any]:
    kept = []
    while True:
        kept.append(bytearray(1 << 22))


def hog_in_children(arguments: dict[str, Any]) -> dict[str, Any]:
    """Each process stays within the limit; together they do not."""
    for _ in range(4):
        if os.fork() == 0:
            kept = b"x" * (60 << 20)
            time.sleep(60 + len(kept) % 2)
    time.sleep(60)
    return {}


def leave_orphans(arguments: dict[str, Any]) -> dict[str, Any]:
    """Grandchildren, one of them in a session of its own."""
    pids = []
    for number in range(3):
        pid = os.fork()
        if pid == 0:
            if number == 0:
                os.setsid()
            time.sleep(300)
        pids.append(pid)
    return {"pids": pids}


def chatter(arguments: dict[str, Any]) -> dict[str, Any]:
    for _ in range(20_000):
        os.write(1, b"o" * 1000)
        os.write(2, b"e" * 1000)
    return {"said": 40_000_000}


def long_answer(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"text": "x" * arguments["size"]}


def answer_a_set(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"shots": {1, 2}}


def answer_nan(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"score": float("nan")}


def answer_a_list(arguments: dict[str, Any]) -> Any:
    return [1, 2]


def kill_the_server(arguments: dict[str, Any]) -> dict[str, Any]:
    """The first time only, if ``once`` names a file to remember it in."""
    once = Path(arguments["once"])
    if once.exists() and arguments["spare"]:
        return {"spared": True}
    once.touch()
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
    return {}


def open_many(arguments: dict[str, Any]) -> dict[str, Any]:
    opened = [socket.socket() for _ in range(1000)]
    return {"opened": len(opened)}
