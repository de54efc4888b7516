"""What the kernel is asked to hold a sandboxed process to. Only Linux enforces all of it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

OPEN_FILES: Final = 256
_LAST_BREATH: Final = 32 << 20
"""Bytes that a process which ran out of memory gets back to say so."""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38


def die_with_parent(parent: int) -> None:
    """This process is killed when its parent, the process ``parent``, ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process, so that it can find and end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def limit_this_process(memory_bytes: int) -> None:
    """``memory_bytes``: address space on top of what the process has now, shared libraries and preloaded modules."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    size = _status_bytes(os.getpid(), "VmSize")
    if size is not None:
        resource.setrlimit(resource.RLIMIT_AS, (size + memory_bytes, size + memory_bytes + _LAST_BREATH))


def grant_last_breath() -> None:
    """Lets a process at its memory limit report that it is there."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def resident_bytes(pid: int) -> int:
    """Physical memory of process ``pid``, pages shared with its parent included; 0 once it is gone."""
    return _status_bytes(pid, "VmRSS") or 0


def children_of(pid: int) -> list[int]:
    """Direct children of process ``pid``, zombies included."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def descendants_of(pid: int) -> list[int]:
    """All processes below ``pid``."""
    found: list[int] = []
    for child in children_of(pid):
        found += [child, *descendants_of(child)]
    return found


def _status_bytes(pid: int, field: str) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith(f"{field}:")), None)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")
