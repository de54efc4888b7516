"""Clips of a corpus, decoded in a child process that may take so much memory and time and no more: whatever becomes of it, the clip
is corrupt and the run goes on.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.data.buckets import Bucket
from training.data.clip_frames import ClipVideo, CorruptClipError
from training.data.decoding_process import DecodeRequest

_START_SECONDS: Final = 120.0
_GRACE_SECONDS: Final = 5
"""After which a child that nobody ended does so itself."""
_KEPT_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "TZ")
_PIECE: Final = 1 << 20


class DecoderStartError(RuntimeError):
    """The child process did not come up. No clip is to blame."""


class _EndedError(Exception):
    pass


class ClipDecoder:
    """Decodes one clip after another; threads take turns. The child is started when it is first needed, and anew after a crash or
    a hang. ``module``: what it runs. ``memory_mb``: MiB on top of what it has at its start."""

    def __init__(
        self, *, wall_seconds: float = 300.0, memory_mb: int = 4096, module: str = "training.data.decoding_process"
    ) -> None:
        self._wall_seconds = wall_seconds
        self._memory_mb = memory_mb
        self._module = module
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def window_frames(self, video: ClipVideo, numbers: Sequence[int], bucket: Bucket) -> NDArray[np.uint8]:
        """``clip_frames.window_frames``, in the child. Raises ``CorruptClipError`` and ``DecoderStartError``."""
        with self._lock:
            child = self._started()
            deadline = time.monotonic() + self._wall_seconds
            try:
                return self._asked(_Pipes(child, deadline), video, numbers, bucket)
            except TimeoutError:
                self._stop()
                raise CorruptClipError(
                    video.key, f"decoding it was not done after {self._wall_seconds:g} seconds"
                ) from None
            except _EndedError:
                status = self._stop()
                raise CorruptClipError(video.key, f"decoding it ended its process ({_how(status)})") from None
            except CorruptClipError:
                raise
            except BaseException:
                # An interrupt leaves an answer under way that nobody waits for.
                self._stop()
                raise

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _asked(self, pipes: _Pipes, video: ClipVideo, numbers: Sequence[int], bucket: Bucket) -> NDArray[np.uint8]:
        pipes.write(DecodeRequest.of(video, numbers, bucket).model_dump_json().encode() + b"\n")
        pipes.write(video.data)
        said = json.loads(pipes.line())
        if "corrupt" in said:
            raise CorruptClipError(video.key, said["corrupt"])
        pictures = np.empty((len(numbers), 3, bucket.height, bucket.width), np.uint8)
        pipes.fill(pictures.data.cast("B"))
        return pictures

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._stop()
        seconds = math.ceil(self._wall_seconds) + _GRACE_SECONDS
        command = [sys.executable, "-P", "-m", self._module, str(self._memory_mb << 20), str(seconds)]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), start_new_session=True
        )
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        try:
            _Pipes(self._child, time.monotonic() + _START_SECONDS).line()
        except (TimeoutError, _EndedError):
            raise DecoderStartError(f"{' '.join(command)} did not start ({_how(self._stop())})") from None
        return self._child

    def _stop(self) -> int:
        """The child's exit code."""
        child, self._child = self._child, None
        if child is None:
            return 0
        if child.poll() is None:
            child.kill()
        status = child.wait()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            pipe.close()
        return status


class _Pipes:
    """To and from the child, until ``deadline``. Raises ``TimeoutError`` and ``_EndedError``."""

    def __init__(self, child: subprocess.Popen[bytes], deadline: float) -> None:
        assert child.stdin is not None and child.stdout is not None
        self._to = child.stdin.fileno()
        self._from = child.stdout.fileno()
        self._deadline = deadline

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            self._wait(self._to, select.POLLOUT)
            try:
                left = left[os.write(self._to, left[:_PIECE]) :]
            except BrokenPipeError:
                raise _EndedError from None

    def line(self) -> bytes:
        """Byte by byte: what follows it is not read yet."""
        out = bytearray()
        while not out.endswith(b"\n"):
            byte = bytearray(1)
            self.fill(memoryview(byte))
            out += byte
        return bytes(out)

    def fill(self, buffer: memoryview) -> None:
        while buffer:
            self._wait(self._from, select.POLLIN)
            count = os.readv(self._from, [buffer[:_PIECE]])
            if count == 0:
                raise _EndedError
            buffer = buffer[count:]

    def _wait(self, pipe: int, event: int) -> None:
        left = self._deadline - time.monotonic()
        poll = select.poll()
        poll.register(pipe, event)
        if left <= 0 or not poll.poll(math.ceil(1000 * left)):
            raise TimeoutError


@cache
def _decoder_of(process: int) -> ClipDecoder:
    decoder = ClipDecoder()
    atexit.register(decoder.close)
    return decoder


def shared_decoder() -> ClipDecoder:
    """This process's own."""
    return _decoder_of(os.getpid())


def _how(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit code {status}"


def _environment() -> dict[str, Any]:
    """Few variables, so that no key of the user is within reach of a decoder."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    paths = [path or os.getcwd() for path in sys.path]  # noqa: PTH109
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
