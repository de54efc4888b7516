"""Texts as Wan's text encoder (umT5) says them. As in Wan, a text is cleaned, cut at 512 tokens and encoded with its padding
masked; then the padding is cut off, and zeros take its place where a text is to be padded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from diffusers.pipelines.wan.pipeline_wan import prompt_clean
from torch import Tensor

from training.text_plan import PADDED_TOKENS, PlannedText

_AT_ONCE = 8


@dataclass(frozen=True)
class TextEncoder:
    """``tokenizer`` and ``model`` are ``transformers``' of a Wan release."""

    tokenizer: Any
    model: Any

    @torch.no_grad()
    def encode(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """Each different text once: ``(tokens, E)``, without padding."""
        different = list(dict.fromkeys(texts))
        out: dict[str, Tensor] = {}
        for start in range(0, len(different), _AT_ONCE):
            some = different[start : start + _AT_ONCE]
            given = self.tokenizer(
                [prompt_clean(text) for text in some],
                padding="max_length",
                max_length=PADDED_TOKENS,
                truncation=True,
                add_special_tokens=True,
                return_attention_mask=True,
                return_tensors="pt",
            )
            mask = given.attention_mask.to(self.model.device)
            said = self.model(given.input_ids.to(self.model.device), mask).last_hidden_state
            for text, states, length in zip(some, said, mask.gt(0).sum(dim=1).tolist(), strict=True):
                out[text] = states[:length].clone()
        return out

    def cut(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Those of ``texts`` that ``encode`` cuts short."""
        return cut_texts(self.tokenizer, texts)


def token_counts(tokenizer: Any, texts: Sequence[str]) -> tuple[int, ...]:
    """Of each text with the end that is put to it; more than ``PADDED_TOKENS`` are not encoded."""
    if not texts:
        return ()
    return tuple(len(ids) for ids in tokenizer([prompt_clean(text) for text in texts]).input_ids)


def cut_texts(tokenizer: Any, texts: Sequence[str]) -> tuple[str, ...]:
    """Those of ``texts`` that have more tokens than are encoded."""
    counts = token_counts(tokenizer, texts)
    return tuple(text for text, count in zip(texts, counts, strict=True) if count > PADDED_TOKENS)


def laid_out(planned: PlannedText, states: Tensor) -> Tensor:
    """``states``: ``(tokens, E)`` of the text -> as the transformer takes them, padded with zeros if it is so planned."""
    if not planned.padded:
        return states
    return torch.cat([states, states.new_zeros(PADDED_TOKENS - len(states), states.shape[1])])
