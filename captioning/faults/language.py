"""Whether a text is in the language that was asked for. A heuristic, made for one or two sentences, where statistical
identifiers are at their weakest: by the script of its letters, then by small words that belong to one language.
"""

from __future__ import annotations

import re
import unicodedata

from captioning.conversation.settings import Language

_WORD = re.compile(r"[^\W\d_]+")
_LEAST_LATIN = 0.9
_FEWEST_FOREIGN = 3
_ENGLISH_WORDS = """
the a an and of is are with his her its their from while into by on at as through behind toward towards
"""
_FOREIGN_WORDS = """
und der das ein eine einen einem einer mit auf ist nicht zu von im dem den
le la les une des et est dans avec sur qui du au
el los las una y con en que por del al un
il che di nel della sul gli lo e
um uma com em não ao da os
het een van en zijn haar op
och ett som av är på med
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FOREIGN = frozenset(_FOREIGN_WORDS.split())


def is_language(text: str, language: Language) -> bool:
    """For ``en``: at least 90 % of the letters are Latin, and fewer than three small words of German, French, Spanish,
    Italian, Portuguese, Dutch or Swedish, or no more of them than of English ones. ``any``: always.
    """
    if language == "any":
        return True
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if latin < _LEAST_LATIN * len(letters):
        return False
    words = [word.casefold() for word in _WORD.findall(text)]
    foreign = sum(word in _FOREIGN for word in words)
    return foreign < _FEWEST_FOREIGN or foreign <= sum(word in _ENGLISH for word in words)
