"""How a text ends: with a whole sentence, without its full stop, or in the middle. A heuristic for English."""

from __future__ import annotations

import re
from typing import Literal

Ending = Literal["whole", "no_full_stop", "broken"]

_WHOLE = re.compile(r"[.!?。！？…][\"'”’)\]]*$")
_LAST_WHOLE = re.compile(r"[.!?。！？][\"'”’)\]]*(?=\s)")
_LAST_WORD = re.compile(r"([\w'’-]+)\W*$")
_OPEN = re.compile(r"[,;:(\[—–-]$")
_HANGING_WORDS = """
a an and are as at because but by for from her his if in into is its nor of on or that the their to toward towards was
were when where which while who whose with without
"""
_NOT_LAST = frozenset(_HANGING_WORDS.split())


def ending(text: str, *, at_limit: bool) -> Ending:
    """``at_limit``: the text is as long as it was allowed to be, so that a missing full stop means that it was cut off."""
    if _WHOLE.search(text):
        return "whole"
    last = _LAST_WORD.search(text)
    hanging = bool(_OPEN.search(text)) or text.count("(") > text.count(")")
    if at_limit or hanging or (last is not None and last[1].casefold() in _NOT_LAST):
        return "broken"
    return "no_full_stop"


def whole_sentences(text: str) -> str:
    """``text`` up to the end of its last whole sentence; empty if it has none."""
    ends = [match.end() for match in _LAST_WHOLE.finditer(text)]
    return text[: ends[-1]] if ends else ""
