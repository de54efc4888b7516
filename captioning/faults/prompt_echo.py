"""Whether a text repeats the question that it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

ECHO_WORDS = 8
_WORD = re.compile(r"\w+")


def word_runs(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of ``ECHO_WORDS`` words of ``text``, lower-cased."""
    return frozenset(_runs(text))


def echoes(text: str, asked: frozenset[tuple[str, ...]]) -> bool:
    """``asked``: ``word_runs`` of the question's fixed words. Shorter runs are no echo: a caption may well use its words."""
    return any(run in asked for run in _runs(text))


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return (tuple(words[i : i + ECHO_WORDS]) for i in range(len(words) - ECHO_WORDS + 1))
