"""An entity as Grounding DINO is asked for it: its name and the first sentence of its description, as two phrases."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from formats.clip_record import Entity

MOST_NAME, MOST_CHARACTERS = 80, 160
"""Of the name and of the description. The model reads 256 tokens, and a token is at least a character."""

_MARKS = re.compile(r"[.?!;:{}_\[\]\s]+")
_MADE_UP = re.compile(r"thing_[0-9a-f]{4}")
"""What ``snake_name`` makes of a name without a Latin letter: it says nothing of what is to be found."""

_SENTENCE = re.compile(r"(?<=[.?!])\s")


@dataclass(frozen=True)
class Phrase:
    """Lower case, without full stops: these divide phrases. ``description`` may be empty."""

    name: str
    description: str

    @property
    def text(self) -> str:
        return f"{self.name}. {self.description}." if self.description else f"{self.name}."


def phrase_of(entity: Entity) -> Phrase:
    """The description alone where the name is made up.

    ``{woman_red}``, ``"{woman_red} is a woman in a red coat. She ..."``: ``woman red`` and ``a woman in a red coat``."""
    first = _SENTENCE.split(entity.description.strip(), maxsplit=1)[0]
    own = first.removeprefix(entity.name).strip()
    words = _plain(own.removeprefix("is ") if own != first else first)[:MOST_CHARACTERS].strip()
    if words and _MADE_UP.fullmatch(entity.id):
        return Phrase(words, "")
    return Phrase(_plain(entity.name)[:MOST_NAME].strip(), words)


def _plain(text: str) -> str:
    printable = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text)
    return _MARKS.sub(" ", printable).strip().lower()
