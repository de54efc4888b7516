"""What happens inside a forked task: it gives up its rights, runs one function, and writes one line of JSON."""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import sys
import traceback
from dataclasses import dataclass
from typing import Any, NoReturn

from operators.film_error import FilmError
from pipeline.sandbox_limits import die_with_parent, grant_last_breath, limit_this_process


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """``task``: ``"module:function"``; ``arguments``: JSON values."""

    task: str
    arguments: dict[str, Any]
    wall_seconds: float
    memory_mb: int


def run_in_child(request: TaskRequest, server: int, reply_to: int, noise_to: int) -> NoReturn:
    """Called right after the fork, with the server's process id and the write ends of two pipes. Ends the process.

    An exception that is no ``FilmError`` leaves its traceback in the noise, and no reply.
    """
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_parent(server)
        _redirect(noise_to)
        faulthandler.enable()
        limit_this_process(request.memory_mb << 20)
        _write_all(reply_to, json.dumps(_outcome(request), allow_nan=False).encode())
        code = 0
    finally:
        if code:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _outcome(request: TaskRequest) -> dict[str, Any]:
    try:
        module, function = request.task.split(":")
        value = getattr(importlib.import_module(module), function)(request.arguments)
    except FilmError as error:
        return {"outcome": "failed", "reason": error.reason, "detail": error.detail}
    except MemoryError:
        grant_last_breath()
        return {"outcome": "memory", "reason": "memory", "detail": f"It needed more than {request.memory_mb} MB."}
    if not isinstance(value, dict):
        raise TypeError(f"{request.task} returned {type(value).__name__}, not a dict")
    return {"outcome": "done", "value": value}


def _redirect(noise_to: int) -> None:
    """Nothing to read, and everything that is printed, by Python or by a library, goes to the pipe."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(noise_to, 1)
    os.dup2(noise_to, 2)
    os.close(nothing)


def _write_all(descriptor: int, data: bytes) -> None:
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(data)
