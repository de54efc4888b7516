"""Untrusted media is opened only in a child process with limits, and whatever becomes of that child is one answer.

A server process of our own (``pipeline/sandbox_server.py``) loads what tasks need once and forks a child per task, so
that a task costs milliseconds and a crash nothing. It works the same in a Ray actor, a plain process and a notebook.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Final, Literal, Self

from pipeline.sandbox_task import check_task

SandboxOutcome = Literal["done", "failed", "crashed", "timeout", "memory"]

_KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "TZ")
_THREAD_VARIABLES: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_GRACE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class SandboxReply:
    """What became of a task.

    ``outcome``: ``done`` with ``value``; ``failed`` on a ``FilmError``, with its ``reason``; ``crashed``, where
    ``reason`` is a signal's name, ``exception``, ``reply_too_large`` or ``server_died``; ``timeout``; ``memory``.
    ``detail`` is for people: a sentence, or the tail of what the child printed.
    """

    outcome: SandboxOutcome
    value: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    detail: str = ""


class SandboxStartError(RuntimeError):
    """The server did not come up: a module to preload is missing or broken. No task is to blame."""


class _ServerDiedError(Exception):
    pass


class Sandbox:
    """Runs tasks one at a time, each in a fresh child process. A context manager; may be used again and again.

    ``preload``: modules that the server imports once (never start threads in them). ``allow``: tasks outside
    ``operators`` and ``captioning``, for tests. ``threads``: for numeric libraries in a task.
    """

    def __init__(
        self,
        *,
        preload: Sequence[str] = ("numpy", "av"),
        allow: Sequence[str] = (),
        threads: int = 1,
        start_seconds: float = 120.0,
    ) -> None:
        self._preload = tuple(preload)
        self._allow = tuple(allow)
        self._threads = threads
        self._start_seconds = start_seconds
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._unread = b""
        self._child = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def server_pid(self) -> int | None:
        """Process id of the running server, if there is one."""
        return self._server.pid if self._server else None

    def run(self, task: str, arguments: dict[str, Any], *, wall_seconds: float, memory_mb: int) -> SandboxReply:
        """Calls ``task`` (``"operators.module:function"``, a ``dict -> dict`` over JSON values) in a child process.

        ``memory_mb``: MiB that the child may use on top of the server. Raises ``ValueError`` for a task that is not
        allowed and ``SandboxStartError``; nothing that the task does raises.
        """
        check_task(task, self._allow)
        request = {"task": task, "arguments": arguments, "wall_seconds": wall_seconds, "memory_mb": memory_mb}
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            for _ in range(2):
                try:
                    return self._ask(line, wall_seconds)
                except _ServerDiedError:
                    self._stop()
                except BaseException:
                    # An interrupt leaves an answer under way that nobody waits for.
                    self._stop()
                    raise
        return SandboxReply("crashed", reason="server_died", detail="The sandbox server died twice during this task.")

    def close(self) -> None:
        """Ends the server and whatever it runs."""
        with self._lock:
            self._stop()

    def _ask(self, line: bytes, wall_seconds: float) -> SandboxReply:
        server = self._started()
        assert server.stdin is not None
        try:
            server.stdin.write(line)
            server.stdin.flush()
        except OSError as error:
            raise _ServerDiedError from error
        deadline = time.monotonic() + wall_seconds + _GRACE_SECONDS
        self._child = self._read(deadline)["started"]
        try:
            return SandboxReply(**self._read(deadline))
        except TimeoutError:
            self._stop()
            return SandboxReply("timeout", reason="timeout", detail="The sandbox server did not answer.")
        finally:
            self._child = 0

    def _started(self) -> subprocess.Popen[bytes]:
        if self._server is not None and self._server.poll() is None:
            return self._server
        self._stop()
        settings = json.dumps({"preload": self._preload, "allow": self._allow})
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.sandbox_server", settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(self._threads),
            start_new_session=True,
        )
        try:
            self._read(time.monotonic() + self._start_seconds)
        except (_ServerDiedError, TimeoutError) as error:
            said = self._last_words()
            self._stop()
            raise SandboxStartError(f"the sandbox server did not start: {said}") from error
        return self._server

    def _read(self, deadline: float) -> dict[str, Any]:
        assert self._server is not None and self._server.stdout is not None
        pipe = self._server.stdout.fileno()
        while b"\n" not in self._unread:
            if not select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError
            data = os.read(pipe, 1 << 16)
            if not data:
                raise _ServerDiedError
            self._unread += data
        line, self._unread = self._unread.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def _last_words(self) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        return self._errors.read()[-2000:].decode("utf-8", "replace").strip()

    def _stop(self) -> None:
        server, self._server, self._unread = self._server, None, b""
        if server is None:
            return
        server.kill()
        server.wait()
        for pipe in (server.stdin, server.stdout, self._errors):
            if pipe is not None:
                _close(pipe)
        self._errors = None
        if self._child:
            _kill_group(self._child)
            self._child = 0


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return


def _kill_group(group: int) -> None:
    """A task's own child dies with the server; this reaches what it started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _environment(threads: int) -> dict[str, str]:
    """Few variables, so that no token or key of the user is within reach of a decoder."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    limits = dict.fromkeys(_THREAD_VARIABLES, str(threads)) | {"MALLOC_ARENA_MAX": "2"}
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109
    return kept | limits | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
