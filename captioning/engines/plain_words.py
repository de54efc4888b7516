"""Words that a model reads as words only."""

from __future__ import annotations

from collections.abc import Collection


def plain_words(text: str, control_tokens: Collection[str]) -> str:
    """``text`` in which no control token stands: each is broken by a space after its first character.

    Words of a film or of a model's earlier answer may hold ``<|im_end|>`` or a picture's placeholder; read as tokens they would end
    the user's turn or shift the pictures.
    """
    for token in control_tokens:
        if len(token) > 1:
            text = text.replace(token, f"{token[0]} {token[1:]}")
    return text
