"""Whether two descriptions cannot be, or may well be, of one subject. A heuristic over lists of English words: what they do not
know contradicts nothing.

They contradict each other where both say something of one matter (sex, age, what it is, how many, hair, the colour of one garment)
and share nothing of what they say of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

_MATTERS = {
    "sex": {
        "female": "woman women girl girls lady ladies female actress mother queen waitress bride",
        "male": "man men boy boys gentleman gentlemen male actor father king waiter groom beard bearded",
    },
    "age": {"child": "child children kid kids toddler baby infant", "grown": "adult elderly middle-aged old senior"},
    "being": {
        "person": "baby boy boys child children gentleman girl girls kid lady man men people person toddler woman women",
        "dog": "dog dogs hound puppy",
        "cat": "cat cats kitten",
        "horse": "horse horses pony",
        "bird": "bird birds crow gull parrot pigeon",
        "vehicle": "bicycle boat bus car cars motorcycle plane ship taxi train truck van",
    },
}
_COLOURS = {
    "black": "black dark brown brunette",
    "white": "white cream ivory",
    "grey": "grey gray silver",
    "red": "red crimson scarlet maroon burgundy auburn ginger",
    "blue": "blue navy turquoise",
    "green": "green olive",
    "yellow": "yellow golden blond blonde fair",
    "pink": "pink",
    "purple": "purple violet",
    "orange": "orange",
}
_COLOUR_OF = {word: colour for colour, words in _COLOURS.items() for word in words.split()}
_COLOURED = re.compile(
    rf"\b({'|'.join(_COLOUR_OF)})[ -](?:\w+[ -])?"
    r"(hair|coat|jacket|dress|shirt|t-shirt|suit|hat|cap|scarf|skirt|sweater|hoodie|uniform|fur|car|truck)(?:ed|s)?\b"
)
_MANY = re.compile(
    r"^(?:\{\w+\}\s+(?:is|are)\s+)?(?:the\s+)?(two|three|four|five|several|some|many|a (?:group|pair|couple|crowd))\b"
)
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def contradict(one: str, other: str) -> bool:
    """Two descriptions, each perhaps with its name before it."""
    first, second = _said(one), _said(other)
    return any(first[matter].isdisjoint(second[matter]) for matter in first.keys() & second.keys())


def of_one_being(one: str, other: str) -> bool:
    """Whether both say what they are, a person or an animal or a vehicle, and it is the same."""
    return bool(_said(one).get("being", set()) & _said(other).get("being", set()))


def _said(text: str) -> dict[str, set[str]]:
    """Matter -> what is said of it."""
    found: dict[str, set[str]] = defaultdict(set)
    for matter, value in _statements(text.casefold()):
        found[matter].add(value)
    return found


def _statements(text: str) -> Iterator[tuple[str, str]]:
    words = set(_WORD.findall(text.replace("_", " ")))
    for matter, values in _MATTERS.items():
        yield from ((matter, value) for value, known in values.items() if words & set(known.split()))
    yield from ((thing, _COLOUR_OF[colour]) for colour, thing in _COLOURED.findall(text))
    if text:
        yield "number", "many" if _MANY.match(text) else "one"
