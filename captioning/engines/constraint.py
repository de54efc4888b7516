"""An answer held to its JSON Schema, token by token: what may not follow is never chosen. The grammar is llguidance's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import llguidance
import llguidance.hf
import numpy as np
import numpy.typing as npt

from captioning.asks import AskError

Allowed = npt.NDArray[np.bool_]
"""``(V,)``: which of the vocabulary's tokens may come next."""

SCHEMAS_KEPT = 64
_FORM: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""Free white space would let a model write blanks without end."""


class Constraint:
    """One answer on its way. A token that ``allowed`` forbids must not be given to ``take``."""

    def __init__(self, matcher: llguidance.LLMatcher, vocabulary: int) -> None:
        self._matcher, self._vocabulary = matcher, vocabulary

    def allowed(self) -> Allowed:
        """Raises ``AskError`` where the grammar has grown beyond llguidance's limits."""
        bits = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), np.uint8), bitorder="little")
        self._check()
        out = np.zeros(self._vocabulary, np.bool_)
        count = min(len(bits), self._vocabulary)
        out[:count] = bits[:count].astype(np.bool_)
        return out

    def take(self, token: int) -> None:
        """Raises ``AskError``, as ``allowed`` does."""
        self._matcher.consume_token(token)
        self._check()

    def _check(self) -> None:
        if self._matcher.is_error():
            raise AskError("schema_refused", _first_line(self._matcher.get_error()), passing=False)


class Constraints:
    """Makes constraints for one model's tokens. ``vocabulary``: as many as the model gives scores for; ``ends``: its
    tokens that end an answer."""

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Sequence[int]) -> None:
        self._tokens = llguidance.hf.from_tokenizer(tokenizer, n_vocab=vocabulary, eos_token=list(ends))
        self._vocabulary = vocabulary
        self._matcher = lru_cache(maxsize=SCHEMAS_KEPT)(self._compiled)

    def of(self, schema: str) -> Constraint:
        """Raises ``AskError`` if ``schema`` is no JSON Schema that can be held to."""
        return Constraint(self._matcher(schema).deep_copy(), self._vocabulary)

    def _compiled(self, schema: str) -> llguidance.LLMatcher:
        try:
            grammar = llguidance.LLMatcher.grammar_from_json_schema(schema, overrides=_FORM)
        except ValueError as error:
            raise AskError("schema_refused", _first_line(str(error)), passing=False) from error
        matcher = llguidance.LLMatcher(self._tokens, grammar, log_level=0)
        if matcher.is_error():
            raise AskError("schema_refused", _first_line(matcher.get_error()), passing=False)
        return matcher


def _first_line(text: str) -> str:
    return (text.strip() or "the schema cannot be compiled").splitlines()[0][:300]
