"""A hook for tests: ``SHOTLOOM_FAULTS='{"films/a.mp4": "crash"}'`` makes the scan of that film crash, hang or hog memory."""

from __future__ import annotations

import json
import os

VARIABLE = "SHOTLOOM_FAULTS"
_FAULTS = ("crash", "hang", "hog")


def task_for(uri: str, task: str) -> str:
    """``task``, or the fault that the variable asks for on this film."""
    fault = json.loads(os.environ.get(VARIABLE, "{}")).get(uri)
    return f"operators.faults:{fault}" if fault in _FAULTS else task
