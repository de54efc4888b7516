"""States of texts: each different text once, whatever clips say it. Texts are encoded one at a time, so that a text's states do not
depend on its neighbours, and cached or not they are the same to the last bit.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from training.caches.entry import EntryFolder, EntryKey, MissingEntryError
from training.data.settings import Precision
from training.text_encoding import TextEncoder
from training.text_plan import PADDED_TOKENS

CLEANING = 1
"""Raised by hand when the same text is cleaned or encoded in another way than before."""

_REMEMBERED = 64


class TextKey(EntryKey):
    """``encoder``: digest of the text encoder and its tokenizer. ``longest``: tokens at which a text is cut.
    ``text``: its sha256."""

    cleaning: int
    encoder: str
    precision: Precision
    longest: int
    text: str


class TextSource(Protocol):
    """Where states come from."""

    def states(self, text: str) -> Tensor:
        """``(tokens, E)``, without padding."""
        ...


@dataclass(frozen=True)
class LiveTexts:
    """Encoded when asked for."""

    encoder: TextEncoder

    def states(self, text: str) -> Tensor:
        return self.encoder.encode([text])[text].cpu()


@dataclass(frozen=True)
class CachedTexts:
    """Read from a cache. ``encoder``: its digest."""

    entries: EntryFolder
    encoder: str
    precision: Precision

    def key(self, text: str) -> TextKey:
        return TextKey(
            cleaning=CLEANING,
            encoder=self.encoder,
            precision=self.precision,
            longest=PADDED_TOKENS,
            text=hashlib.sha256(text.encode()).hexdigest(),
        )

    def states(self, text: str) -> Tensor:
        """Raises ``MissingEntryError`` and ``DamagedEntryError``."""
        try:
            return self.entries.read(self.key(text))
        except MissingEntryError as error:
            raise MissingEntryError(
                f"a text is not in the cache; run shotloom cache: {text[:80]!r} ({error})"
            ) from None


@dataclass(frozen=True)
class RememberedTexts:
    """The last 64 texts stay in memory: the empty prompt and moves of the camera come again and again."""

    source: TextSource
    _last: OrderedDict[str, Tensor] = field(default_factory=OrderedDict, init=False, repr=False)

    def states(self, text: str) -> Tensor:
        if text in self._last:
            self._last.move_to_end(text)
        else:
            self._last[text] = self.source.states(text)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)
        return self._last[text]
