"""Fingerprints: what a result was made from. Equal fingerprints mean that making it again would change nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

CODE_VERSIONS = {"scan": 1, "select": 1, "cut": 1, "annotate": 1, "pack": 1}
"""Raised by hand when a stage's code gives another answer for the same input and settings."""


def fingerprint(*parts: Any) -> str:
    """32 hex digits over JSON-able parts and pydantic models, in order."""
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def rows_fingerprint(rows: Iterable[BaseModel], ignore: set[str]) -> str:
    """Over rows in their given order, less the fields that do not shape what follows (such as timings)."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.model_dump_json(exclude=ignore).encode())
        digest.update(b"\n")
    return digest.hexdigest()[:32]


def _plain(part: Any) -> Any:
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, (list, tuple)):
        return [_plain(item) for item in part]
    return part
