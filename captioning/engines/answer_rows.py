"""The rows of one batch on their way: each held to its own schema, drawn with its own seed, ended at its own length.

A row's answer depends on its own ask alone, beyond the rounding that a batch's padding brings.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from captioning.asks import Ask
from captioning.engines.constraint import Constraint

_LARGEST_SEED = 2**63 - 1
_LEAST_WAIT = torch.finfo(torch.float32).tiny


class AnswerRow:
    """``ends``: the tokens that end an answer."""

    def __init__(self, ask: Ask, constraint: Constraint | None, ends: frozenset[int], device: str) -> None:
        self._constraint, self._ends, self._most = constraint, ends, ask.max_tokens
        self._temperature = ask.temperature
        self._noise = torch.Generator(device)
        self._noise.manual_seed(ask.seed & _LARGEST_SEED)
        self._taken = 0
        self.stopped = False

    @property
    def ended(self) -> bool:
        return self.stopped or self._taken >= self._most

    def take(self, token: int) -> None:
        if self.ended:
            return
        self._taken += 1
        self.stopped = token in self._ends
        if self._constraint is not None and not self.stopped:
            self._constraint.take(token)

    def hold(self, scores_V: Tensor) -> Tensor:
        """The scores whose greatest is the row's next token.

        With a temperature: Gumbel noise on the scores, whose greatest is a draw from their softmax.
        """
        if self.ended:
            return scores_V
        if self._constraint is not None:
            allowed_V = torch.from_numpy(self._constraint.allowed()).to(scores_V.device)
            scores_V = scores_V.masked_fill(~allowed_V, -torch.inf)
        if self._temperature <= 0:
            return scores_V
        waits_V = torch.empty_like(scores_V).exponential_(generator=self._noise).clamp_min(_LEAST_WAIT)
        return scores_V / self._temperature - waits_V.log()


@dataclass(frozen=True)
class HeldScores:
    """A logits processor of ``transformers``: ``(B, V)`` scores of the next token."""

    rows: Sequence[AnswerRow]

    def __call__(self, _: Tensor, scores_BV: Tensor) -> Tensor:
        return torch.stack([row.hold(scores_V) for row, scores_V in zip(self.rows, scores_BV, strict=True)])


@dataclass(frozen=True)
class EndedRows:
    """A stopping criterion of ``transformers``: ``(B, L)`` tokens, the last column new. ``given_up`` ends all rows."""

    rows: Sequence[AnswerRow]
    given_up: threading.Event

    def __call__(self, tokens_BL: Tensor, _: object) -> Tensor:
        for row, token in zip(self.rows, tokens_BL[:, -1].tolist(), strict=True):
            row.take(token)
        over = self.given_up.is_set()
        return torch.tensor([over or row.ended for row in self.rows], device=tokens_BL.device)
