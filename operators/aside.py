"""Files appear whole or not at all: written beside their place under a name of this process, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

ASIDE_SUFFIX = ".part"


@contextmanager
def written_aside(out: Path) -> Iterator[Path]:
    """A path in ``out``'s folder (made if need be) to write to; renamed to ``out`` on success, removed on any failure."""
    out.parent.mkdir(parents=True, exist_ok=True)
    aside = out.with_name(f".{out.name}.{os.getpid()}.{uuid4().hex[:8]}{ASIDE_SUFFIX}")
    try:
        yield aside
        aside.replace(out)
    finally:
        aside.unlink(missing_ok=True)
