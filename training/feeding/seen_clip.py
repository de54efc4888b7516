"""What a model in training sees of one clip at one visit, for people to look at."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from training.data.epoch_plan import Visit
from training.data.samples import ClipView
from training.feeding.opened_data import OpenedData
from training.feeding.told import Dropped, texts_of
from training.model.positions import token_times
from training.model.sample_plan import PlanSettings, TextPart
from training.text_encoding import token_counts
from training.text_plan import PADDED_TOKENS


class NotSeenError(ValueError):
    """A run never sees the clip, or not in this epoch; the text says why."""


@dataclass(frozen=True)
class SeenText:
    """``first``: its first token's number among all of the clip's. ``times``: of its tokens, in latent steps; empty where they have
    none. ``cut``: whether it has more tokens than are encoded."""

    text: str
    first: int
    part: TextPart
    times: tuple[float, ...]
    cut: bool


@dataclass(frozen=True)
class SeenClip:
    """``pictures``: ``(F, 3, H, W)`` uint8, RGB. ``texts``: in the order of their tokens, as if nothing were dropped; ``dropped``
    is what this visit goes without."""

    split: str
    epoch: int
    view: ClipView
    pictures: NDArray[np.uint8]
    texts: tuple[SeenText, ...]
    dropped: Dropped
    plan: PlanSettings

    @property
    def latents(self) -> int:
        return self.view.window.latents.latents

    def shot_latents(self) -> tuple[tuple[int, int], ...]:
        """First and last-but-one latent of each shot."""
        starts = self.view.window.latents.starts
        return tuple(zip(starts, (*starts[1:], self.latents), strict=True))

    def sees(self, latent: int, other: int) -> bool:
        """Whether tokens of ``latent`` see those of ``other`` in masked layers."""
        if self.plan.masked == "text":
            return True
        shots = self.shot_latents()
        together = any(start <= latent < end and start <= other < end for start, end in shots)
        return together or (other == 0 and self.plan.first_frame)


def see_clip(data: OpenedData, key: str, epoch: int, plan: PlanSettings) -> SeenClip:
    """The clip at its first visit of ``epoch``; one that is held out as validation sees it. Raises ``NotSeenError``,
    ``CorruptClipError`` and ``CheckpointError``."""
    split, visit, at = _visit(data, key, epoch)
    view = data.reader.look(visit, at)
    dropped = Dropped() if split != "train" else Dropped.at(data.order.seed, at, visit.name, data.settings.dropout)
    return SeenClip(split, at, view, data.reader.pictures(view), _texts(data, view, plan), dropped, plan)


def _visit(data: OpenedData, key: str, epoch: int) -> tuple[str, Visit, int]:
    for visit in data.held_out():
        if visit.key == key:
            return "validation", visit, 0
    for corpus in (*data.train, *data.validation):
        for clip in corpus.table.left_out:
            if clip.key == key:
                sizes = [str(line.bucket) for line in corpus.table.lines]
                why = "; ".join(f"{size}: {reason.detail}" for size, reason in zip(sizes, clip.reasons, strict=True))
                raise NotSeenError(f"{key} fits no size. {why}")
    if not any(key in corpus.rows for corpus in data.train):
        raise NotSeenError(f"{key} is in no split that is trained or validated on")
    for step in data.epoch(epoch).steps:
        for visit in (visit for batch in step.batches for visit in batch.visits):
            if visit.key == key:
                return "train", visit, epoch
    raise NotSeenError(f"{key} is not visited in epoch {epoch}: the weight of its corpus is below 1")


def _texts(data: OpenedData, view: ClipView, plan: PlanSettings) -> tuple[SeenText, ...]:
    planned = texts_of(view, data.settings.text)
    counts = token_counts(data.parts.tokenizer(), [text.text for text in planned])
    out, first = [], 0
    for text, count in zip(planned, counts, strict=True):
        tokens = PADDED_TOKENS if text.padded else min(count, PADDED_TOKENS)
        part = text.part(tokens, Fraction(view.window.fps))
        timed = part.interval is not None and plan.time != "off"
        times = tuple(token_times(part.interval, tokens, plan.time).tolist()) if timed and part.interval else ()
        out.append(SeenText(text.text, first, part, times, count > PADDED_TOKENS))
        first += tokens
    return tuple(out)
