"""Captions as the model is told them. A word is a fixed random vector. As in a text encoder that has read all captions at once, a
caption's words also tell the number of its shot; when the shot begins they do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.miniature.corpus import Script, ShotWords
from benchmarks.miniature.films import MOVES, SCENES
from training.model.sample_plan import SamplePlan, TextPart

TEXT_WIDTH = 32
_WORDS = ("video", *SCENES, *MOVES)
_NUMBERS = 6
_NUMBER_SHARE = 0.5
_WORDS_OF_A_SHOT = 2


@dataclass(frozen=True)
class Vocabulary:
    """``words``: ``(W, E)``; ``numbers``: ``(6, E)``."""

    words: Tensor
    numbers: Tensor

    @classmethod
    def drawn(cls) -> Vocabulary:
        generator = torch.Generator().manual_seed(7)
        drawn = torch.randn(len(_WORDS) + _NUMBERS, TEXT_WIDTH, generator=generator)
        return cls(drawn[: len(_WORDS)], _NUMBER_SHARE * drawn[len(_WORDS) :])

    def text(self, words: Sequence[ShotWords], first: int = 0) -> Tensor:
        """``(1 + 2 shots, E)``: a word that all shots see, then each caption. ``first``: the number of the first shot."""
        said = [self.words[0]]
        for number, shot in enumerate(words, first):
            said += [self.words[_WORDS.index(word)] + self.numbers[number] for word in (shot.scene, shot.move)]
        return torch.stack(said)


def sample_plan(script: Script) -> SamplePlan:
    captions = tuple(TextPart(_WORDS_OF_A_SHOT, shots=(shot,)) for shot in range(len(script.words)))
    return SamplePlan(script.starts, (TextPart(1), *captions))
