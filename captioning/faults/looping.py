"""Text that has got into a loop: the commonest way in which a language model fails. A heuristic."""

from __future__ import annotations

import re

_WORD = re.compile(r"[\w{}'’-]+")
_SENTENCE_END = re.compile(r"[.!?]+\s+")
_LONGEST_PHRASE = 16
_FEWEST_WORDS = 40
_LEAST_DISTINCT = 0.25
_CHARACTER_RUN = re.compile(r"(.)\1{9,}|(\S{2,8}?)\2{7,}")


def is_looping(text: str) -> bool:
    """Whether a character stands ten times in a row, a piece of a word eight times, a word four times, a phrase of up to 16
    words three times, a sentence of four words or more twice; or fewer than a quarter of 40 words or more are distinct.
    """
    words = [word.casefold() for word in _WORD.findall(text)]
    few_distinct = len(words) >= _FEWEST_WORDS and len(set(words)) < _LEAST_DISTINCT * len(words)
    return few_distinct or bool(_CHARACTER_RUN.search(text)) or _repeats(words) or _repeats_sentence(text)


def _repeats(words: list[str]) -> bool:
    """A run in which every word equals the one ``length`` words before it holds a phrase as often as it is long."""
    for length in range(1, _LONGEST_PHRASE + 1):
        enough = length * (3 if length == 1 else 2)
        run = 0
        for before, word in zip(words, words[length:], strict=False):
            run = run + 1 if before == word else 0
            if run >= enough:
                return True
    return False


def _repeats_sentence(text: str) -> bool:
    sentences = [" ".join(_WORD.findall(part)).casefold() for part in _SENTENCE_END.split(text)]
    long = [sentence for sentence in sentences if sentence.count(" ") >= 3]
    return len(set(long)) < len(long)
