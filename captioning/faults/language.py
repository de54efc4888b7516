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
_FEWEST_FOREIGN_ALONE = 2
_ENGLISH_WORDS = """
the a an and of is are with his her its their from while into by on at as through behind toward towards
to for he she they it this that two three one up down out under beside
"""
_FOREIGN_WORDS = """
und der die das ein eine einen einem einer mit auf ist nicht zu von im dem den über unter vor neben aus durch sich
le la les une des et est dans avec sur qui du au elle vers sous
el los las una y con en que por del al un su se sobre hacia está
il che di nel della sul gli lo e è si dalla alla
um uma com em não ao da os
het een van en zijn haar op
och ett som av är på med
"""
_FOREIGN_START = re.compile(
    r"\W*(?:(?:ein|eine|der|das) \w|(?:un|une|una|uno|el|los|las|le|il|gli|um|uma|het) (?-i:[a-zß-öø-ÿ]))",
    re.IGNORECASE,
)
"""German writes nouns with a capital letter; of the others such a word may be a name: El Capitan."""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FOREIGN = frozenset(_FOREIGN_WORDS.split())


def is_language(text: str, language: Language) -> bool:
    """``any``: always. For ``en``: at least 90 % of the letters are Latin, and small words of German, French, Spanish, Italian,
    Portuguese, Dutch or Swedish are fewer than three or no more than the English ones. Where there is no English one, they are
    fewer than two, and the text does not begin with an article of theirs and a noun.
    """
    if language == "any":
        return True
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if latin < _LEAST_LATIN * len(letters):
        return False
    words = [word.casefold() for word in _WORD.findall(text)]
    foreign, english = sum(word in _FOREIGN for word in words), sum(word in _ENGLISH for word in words)
    if not english:
        return foreign < _FEWEST_FOREIGN_ALONE and _FOREIGN_START.match(text) is None
    return foreign < _FEWEST_FOREIGN or foreign <= english
