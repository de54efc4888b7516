"""A caption as sentences: CLIP reads 77 tokens and SigLIP 2 64, fewer than a caption of a shot has."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])\s+")


def sentences_of(text: str) -> list[str]:
    """In their order, at least one; none is empty unless the text is."""
    return [sentence for sentence in _END.split(text.strip()) if sentence] or [""]
