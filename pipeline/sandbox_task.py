"""Which functions may be run in a sandbox."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

ALLOWED_PACKAGES: Final = ("operators", "captioning")
_NAME: Final = re.compile(r"([a-z]\w*(?:\.[a-z]\w*)*):[a-z]\w*", re.ASCII)


def check_task(task: str, allow: Sequence[str]) -> None:
    """``task``: ``"operators.module:function"``, or a name in ``allow``. Raises ``ValueError`` for any other."""
    match = _NAME.fullmatch(task)
    if match is None:
        raise ValueError(f"{task!r} is not of the form 'operators.module:function'")
    if match[1].split(".")[0] not in ALLOWED_PACKAGES and task not in allow:
        raise ValueError(f"{task!r} is in none of the packages {', '.join(ALLOWED_PACKAGES)}")
