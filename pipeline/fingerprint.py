"""Fingerprints: what a result was made from. Equal fingerprints mean that making it again would change nothing."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel

CODE_VERSIONS = {"candidates": 6, "duplicates": 1, "select": 3, "cut": 4, "annotate": 1, "pack": 2}
"""Raised by hand when a stage's code gives another answer for the same input and settings; scan's own number is
``operators.scan.CODE_VERSION``."""


def fingerprint(*parts: Any) -> str:
    """32 hex digits over JSON-able parts and pydantic models, in order."""
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(part: Any) -> Any:
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, (list, tuple)):
        return [_plain(item) for item in part]
    return part
