"""The most memory that this process has held. Linux."""

from __future__ import annotations

from pathlib import Path


def most_held_bytes() -> int:
    """VmHWM: of this process alone. getrusage's ru_maxrss begins with what the process that started it has."""
    status = Path("/proc/self/status").read_text("utf-8").splitlines()
    (line,) = (line for line in status if line.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])
