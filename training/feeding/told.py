"""What the transformer is told of a window: its texts and their plan, and what a visit goes without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from torch import Tensor

from training.caches.texts import TextSource
from training.data.randomness import Draw
from training.data.samples import ClipView
from training.data.settings import DropoutSettings, TextSettings
from training.data.window_words import WindowWords
from training.model.sample_plan import SamplePlan
from training.text_encoding import laid_out
from training.text_plan import PlannedText, null_texts, plan_texts
from training.words import ClipWords, SpokenEntity, SpokenEvent


@dataclass(frozen=True)
class Dropped:
    """What a visit goes without."""

    captions: bool = False
    masks: bool = False

    @classmethod
    def at(cls, seed: int, epoch: int, name: str, shares: DropoutSettings) -> Dropped:
        """``name``: of the visit. Each choice is its own draw."""
        return cls(
            captions=Draw(seed, epoch, name, "caption_dropout").stream().unit() < shares.captions,
            masks=Draw(seed, epoch, name, "mask_dropout").stream().unit() < shares.masks,
        )


@dataclass(frozen=True)
class Told:
    """``text``: ``(L, E)``, its parts in the order of the plan."""

    text: Tensor
    plan: SamplePlan


def spoken(words: WindowWords, shots: int) -> ClipWords:
    """The words of a window of ``shots`` shots as texts are planned from."""
    summaries = [caption.text for caption in words.captions if caption.shot == -1 and caption.kind == "summary"]
    by_shot = {caption.shot: caption.text for caption in words.captions if caption.kind == "shot"}
    return ClipWords(
        summary=summaries[0] if summaries else None,
        captions=tuple(by_shot.get(shot, "") for shot in range(shots)),
        entities=tuple(SpokenEntity(each.id, each.name, each.description) for each in words.entities),
        events=tuple(SpokenEvent(each.entity, each.start, each.end, each.prompt) for each in words.events),
    )


def texts_of(view: ClipView, settings: TextSettings) -> tuple[PlannedText, ...]:
    words = spoken(view.words, len(view.window.pieces))
    return plan_texts(words, settings.plan, settings.event_prefix)


def tell(view: ClipView, texts: Sequence[PlannedText], dropped: Dropped, source: TextSource) -> Told:
    """``texts``: those of ``view``. Without captions they give way to the empty prompt, and the shots stay; without masks the
    window is one shot, and every text is seen by all of it."""
    planned = null_texts() if dropped.captions else tuple(texts)
    if dropped.masks:
        planned = tuple(replace(text, shots=None) for text in planned)
    encoded = [laid_out(text, source.states(text.text)) for text in planned]
    fps = Fraction(view.window.fps)
    parts = tuple(text.part(len(states), fps) for text, states in zip(planned, encoded, strict=True))
    starts = (0,) if dropped.masks else view.window.latents.starts
    return Told(torch.cat(encoded), SamplePlan(starts, parts))
