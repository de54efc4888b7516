from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from captioning.engines.plain_words import plain_words

TOKENS = ("<|im_end|>", "<|image_pad|>", "<image>")


@given(st.lists(st.sampled_from((*TOKENS, "<|im_", "end|>", "<", "a b", " "))).map("".join))
def test_no_control_token_is_left_however_they_are_nested(text: str) -> None:
    assert not any(token in plain_words(text, TOKENS) for token in TOKENS)


@given(st.text())
def test_only_blanks_are_added(text: str) -> None:
    assert plain_words(text, TOKENS).replace(" ", "") == text.replace(" ", "")


def test_words_without_tokens_stay_as_they_are() -> None:
    assert plain_words("a <b> & <|c|>", TOKENS) == "a <b> & <|c|>"
