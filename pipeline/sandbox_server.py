"""The process that forks one limited child per task. Started by ``pipeline/sandbox.py``; speaks JSON lines.

In: one task per line. Out: ``{"ready": true}`` once, then per task ``{"started": pid}`` and its reply. It loads what
tasks need once, runs no task itself, and ends when its client does.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.sandbox_child import TaskRequest, run_in_child
from pipeline.sandbox_limits import adopt_orphans, children_of, descendants_of, resident_bytes
from pipeline.sandbox_task import check_task

_NOISE_KEPT: Final = 4000
_REPLY_LIMIT: Final = 64 << 20
_POLL_SECONDS: Final = 0.1
_OUT_OF_MEMORY: Final = ("bad_alloc", "Cannot allocate memory", "Insufficient memory", "out of memory", "MemoryError")


class ClientGoneError(Exception):
    """The process that started this one has ended."""


@dataclass
class _Output:
    """What came out of a child so far: its reply, and the tail of everything it printed."""

    reply: bytearray = field(default_factory=bytearray)
    noise: bytearray = field(default_factory=bytearray)

    def add_noise(self, data: bytes) -> None:
        self.noise += data
        del self.noise[:-_NOISE_KEPT]

    @property
    def tail(self) -> str:
        return self.noise.decode("utf-8", "replace").strip()


class Server:
    """Serves the client at the other end of ``requests`` and ``replies`` (file descriptors of two pipes)."""

    def __init__(self, requests: int, replies: int, allow: tuple[str, ...]) -> None:
        self._requests = requests
        self._replies = replies
        self._allow = allow
        self._client = os.getppid()
        self._unread = b""

    def serve(self) -> None:
        """Until the client ends. Raises ``ClientGoneError`` then."""
        self._send({"ready": True})
        while True:
            while b"\n" not in self._unread:
                self._watch_client(1.0)
            line, self._unread = self._unread.split(b"\n", 1)
            request = TaskRequest(**json.loads(line))
            check_task(request.task, self._allow)
            self._send(self._run(request))

    def _send(self, message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            data = data[os.write(self._replies, data) :]

    def _watch_client(self, seconds: float, *others: int) -> list[int]:
        """Waits for any of ``others`` or the client; returns those of ``others`` that can be read."""
        ready = select.select([self._requests, *others], [], [], seconds)[0]
        if self._requests in ready:
            data = os.read(self._requests, 1 << 16)
            if not data:
                raise ClientGoneError
            self._unread += data
        if os.getppid() != self._client:
            raise ClientGoneError
        return [descriptor for descriptor in ready if descriptor != self._requests]

    def _run(self, request: TaskRequest) -> dict[str, Any]:
        reply_from, reply_to = os.pipe()
        noise_from, noise_to = os.pipe()
        server = os.getpid()
        child = os.fork()
        if child == 0:
            for descriptor in (self._requests, self._replies, reply_from, noise_from):
                os.close(descriptor)
            run_in_child(request, server, reply_to, noise_to)
        os.close(reply_to)
        os.close(noise_to)
        try:
            self._send({"started": child})
            return self._follow(child, request, reply_from, noise_from)
        finally:
            _end(child)
            os.close(reply_from)
            os.close(noise_from)

    def _follow(self, child: int, request: TaskRequest, reply_from: int, noise_from: int) -> dict[str, Any]:
        output = _Output()
        deadline = time.monotonic() + request.wall_seconds
        shared = resident_bytes(os.getpid())
        open_pipes = {reply_from, noise_from}
        next_weighing = 0.0
        while True:
            # With both pipes closed the child is about to end: then look again soon.
            ready = self._watch_client(_POLL_SECONDS if open_pipes else 0.002, *open_pipes)
            open_pipes -= {pipe for pipe in ready if not _drain(pipe, pipe == reply_from, output)}
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                for pipe in open_pipes:
                    _drain_all(pipe, pipe == reply_from, output)
                return _verdict(os.waitstatus_to_exitcode(status), output)
            now = time.monotonic()
            if now > deadline:
                return _reply("timeout", "timeout", f"It was not done after {request.wall_seconds:g} seconds.")
            if len(output.reply) > _REPLY_LIMIT:
                return _reply("crashed", "reply_too_large", f"The reply exceeds {_REPLY_LIMIT} bytes.")
            if now > next_weighing:
                next_weighing = now + _POLL_SECONDS
                if _weight(child, shared) > request.memory_mb << 20:
                    return _reply("memory", "memory", f"It used more than {request.memory_mb} MB.")


def _drain(pipe: int, is_reply: bool, output: _Output) -> bool:
    data = os.read(pipe, 1 << 16)
    if is_reply:
        output.reply += data
    else:
        output.add_noise(data)
    return bool(data)


def _drain_all(pipe: int, is_reply: bool, output: _Output) -> None:
    """What an ended child left in a pipe. A grandchild may still hold the other end, so this never waits."""
    while select.select([pipe], [], [], 0)[0] and len(output.reply) <= _REPLY_LIMIT and _drain(pipe, is_reply, output):
        pass


def _weight(child: int, shared: int) -> int:
    return sum(max(0, resident_bytes(pid) - shared) for pid in (child, *descendants_of(child)))


def _verdict(exit_code: int, output: _Output) -> dict[str, Any]:
    if exit_code == 0 and output.reply:
        reply: dict[str, Any] = json.loads(output.reply)
        return reply
    if any(sign in output.tail for sign in _OUT_OF_MEMORY) and exit_code != 0:
        return _reply("memory", "memory", output.tail)
    if exit_code < 0:
        name = signal.Signals(-exit_code).name if -exit_code in set(signal.Signals) else f"signal {-exit_code}"
        return _reply("crashed", name, f"Killed by {name}. {output.tail}".strip())
    return _reply("crashed", "exception", output.tail or f"It ended with exit code {exit_code} and no reply.")


def _reply(outcome: str, reason: str, detail: str) -> dict[str, Any]:
    return {"outcome": outcome, "reason": reason, "detail": detail}


def _end(child: int) -> None:
    """Kills the task's process group, then whatever it left behind outside of it, and buries them."""
    _kill(child, group=True)
    _kill(child, group=False)
    while True:
        for stray in children_of(os.getpid()):
            _kill(stray, group=False)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _kill(pid: int, *, group: bool) -> None:
    try:
        (os.killpg if group else os.kill)(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def main() -> None:
    """``python -m pipeline.sandbox_server '{"preload": [...], "allow": [...]}'``, with pipes as stdin and stdout."""
    settings = json.loads(sys.argv[1])
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    adopt_orphans()
    for module in settings["preload"]:
        importlib.import_module(module)
    gc.freeze()
    try:
        Server(requests, replies, tuple(settings["allow"])).serve()
    except (ClientGoneError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
