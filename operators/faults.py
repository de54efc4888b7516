"""Faults on purpose: what a hostile film could do to the process that opens it. For tests of the engine, through the
variable ``SHOTLOOM_FAULTS`` (``pipeline/fault_injection.py``)."""

from __future__ import annotations

import os
import time
from typing import Any


def crash(arguments: dict[str, Any]) -> dict[str, Any]:
    """Dies as a decoder with a bug would."""
    os.abort()


def hang(arguments: dict[str, Any]) -> dict[str, Any]:
    """Never ends."""
    while True:
        time.sleep(1)


def hog(arguments: dict[str, Any]) -> dict[str, Any]:
    """Takes memory until there is none."""
    taken = []
    while True:
        taken.append(bytes(64 << 20))
