"""What the transformer is told of a batch besides pictures and words: shots, who speaks of whom, and when. Immutable, built once
on the host, and handed to every block as an argument: nothing reaches a block by the side, so recomputing it under
gradient checkpointing sees the same.

Shots are runs of latents. In the masked layers video tokens see their own shot and, if ``first_frame`` is set, the first latent
(CineTrans, arXiv 2508.11484: layers 6 to 27, counted from 0, both included); text that belongs to shots is seen by those alone.
Segments say so, never an S x S tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor

from training.model.positions import Grid, entity_rotation, event_rotation, latent_centres, video_rotation
from training.model.rotary import Rotation, geometric_frequencies, uniform_frequencies
from training.model.sample_plan import PlanSettings, SamplePlan, TimeMode


class PlanError(ValueError):
    """A plan that contradicts itself; the text says where."""


@dataclass(frozen=True)
class HeadSplit:
    """How the rotary pairs of a cross-attention head are shared: ``plain`` turn never, ``entity`` with the label, ``time`` with
    time. A quarter, a quarter and a half of them, ours."""

    plain: int
    entity: int
    time: int

    @classmethod
    def of(cls, head_width: int) -> HeadSplit:
        pairs = head_width // 2
        return cls(pairs - pairs // 4 - pairs // 2, pairs // 4, pairs // 2)

    @property
    def labels(self) -> int:
        """How many can be told apart, 0 among them."""
        return 2 * self.entity

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Channels of each."""
        return 2 * self.plain, 2 * self.entity, 2 * self.time


@dataclass(frozen=True)
class TimedText:
    """Of one sample with timed text, L tokens: rotations ``(L, P_entity)`` and ``(L, P_time)`` (meaningless where untimed), and
    ``timed`` ``(L,)`` bool."""

    entity: Rotation
    time: Rotation
    timed: Tensor

    def to(self, device: torch.device) -> TimedText:
        return TimedText(self.entity.to(device), self.time.to(device), self.timed.to(device))


@dataclass(frozen=True)
class BatchPlan:
    """Of B samples on one grid. ``video``: ``(S, P)``; ``query_time``: ``(S, P_time)``. ``timed``: per sample, None where no text
    is timed. ``visible``: per sample and shot the rows of its text that the shot may see in masked layers, ``(l,)`` int64; None
    where every shot sees all, or no text is masked."""

    grid: Grid
    samples: tuple[SamplePlan, ...]
    settings: PlanSettings
    split: HeadSplit
    video: Rotation
    query_time: Rotation
    timed: tuple[TimedText | None, ...]
    visible: tuple[tuple[Tensor, ...] | None, ...] = field(repr=False)

    @classmethod
    def build(
        cls,
        samples: Sequence[SamplePlan],
        grid: Grid,
        head_width: int,
        settings: PlanSettings,
        dtype: torch.dtype = torch.float32,
    ) -> BatchPlan:
        """``dtype``: of the rotations; angles are float64 before. Raises ``PlanError``."""
        split = HeadSplit.of(head_width)
        for number, sample in enumerate(samples):
            _check(number, sample, grid, settings)
            if sample.timed and settings.time != "off":
                _check_labels(number, sample, split.labels)
        times = settings.alpha * geometric_frequencies(split.time, settings.theta)
        entities = settings.alpha * uniform_frequencies(split.entity)
        centres = latent_centres(grid.frames).repeat_interleave(grid.per_frame)
        return cls(
            grid=grid,
            samples=tuple(samples),
            settings=settings,
            split=split,
            video=video_rotation(grid, head_width, dtype),
            query_time=Rotation.by(torch.outer(centres, times), dtype),
            timed=tuple(_timed(sample, settings.time, entities, times, dtype) for sample in samples),
            visible=tuple(_visible(sample) if settings.masks_text else None for sample in samples),
        )

    def to(self, device: torch.device) -> BatchPlan:
        return BatchPlan(
            grid=self.grid,
            samples=self.samples,
            settings=self.settings,
            split=self.split,
            video=self.video.to(device),
            query_time=self.query_time.to(device),
            timed=tuple(None if text is None else text.to(device) for text in self.timed),
            visible=tuple(
                None if shots is None else tuple(rows.to(device) for rows in shots) for shots in self.visible
            ),
        )

    def masks_video(self, layer: int) -> bool:
        return self.settings.masked != "text" and self._is_masked(layer)

    def masks_text(self, layer: int) -> bool:
        return self.settings.masks_text and self._is_masked(layer)

    def _is_masked(self, layer: int) -> bool:
        bounds = self.settings.masked_layers
        return bounds is not None and bounds[0] <= layer <= bounds[1]

    def shot_tokens(self, sample: int) -> tuple[tuple[int, int], ...]:
        """Each shot's first and last-but-one video token, half-open."""
        per = self.grid.per_frame
        starts = [start * per for start in self.samples[sample].starts]
        return tuple(zip(starts, [*starts[1:], self.grid.tokens], strict=True))


def _check(number: int, sample: SamplePlan, grid: Grid, settings: PlanSettings) -> None:
    starts, name = sample.starts, f"sample {number}"
    if not starts or starts[0] != 0 or any(after <= before for before, after in pairwise(starts)):
        raise PlanError(f"{name}: shots start at rising latents from 0, got {list(starts)}")
    if starts[-1] >= grid.frames:
        raise PlanError(f"{name}: a shot starts at latent {starts[-1]} of {grid.frames}")
    if not sample.text:
        raise PlanError(f"{name} has no text; without words it is the empty prompt, which has tokens too")
    for place, part in enumerate(sample.text):
        if part.tokens < 1:
            raise PlanError(f"{name}, text {place}: it has no token")
        if part.entity < 0 or (part.interval is not None and part.interval[1] < part.interval[0]):
            raise PlanError(f"{name}, text {place}: entity {part.entity}, interval {part.interval}")
        if part.shots is not None and not set(part.shots) <= set(range(len(starts))):
            raise PlanError(f"{name}, text {place}: it belongs to shots {list(part.shots)} of {len(starts)}")
    if settings.masks_text:
        for shot in range(len(starts)):
            if all(part.shots is not None and shot not in part.shots for part in sample.text):
                raise PlanError(f"{name}: shot {shot} sees no text")


def _check_labels(number: int, sample: SamplePlan, labels: int) -> None:
    most = max(part.entity for part in sample.text)
    if most >= labels:
        raise PlanError(f"sample {number}: entity {most}, but heads of this width tell {labels - 1} entities apart")


def _timed(sample: SamplePlan, mode: TimeMode, entities: Tensor, times: Tensor, dtype: torch.dtype) -> TimedText | None:
    if mode == "off" or not sample.timed:
        return None
    labels = [part.entity for part in sample.text for _ in range(part.tokens)]
    rotations = [event_rotation(part.interval or (0.0, 0.0), part.tokens, mode, times, dtype) for part in sample.text]
    flags = [part.interval is not None for part in sample.text for _ in range(part.tokens)]
    return TimedText(
        entity=entity_rotation(labels, entities, dtype),
        time=Rotation(
            torch.cat([rotation.cos for rotation in rotations]), torch.cat([rotation.sin for rotation in rotations])
        ),
        timed=torch.tensor(flags),
    )


def _visible(sample: SamplePlan) -> tuple[Tensor, ...] | None:
    if all(part.shots is None for part in sample.text):
        return None
    out = []
    for shot in range(len(sample.starts)):
        rows, at = [], 0
        for part in sample.text:
            if part.shots is None or shot in part.shots:
                rows.append(torch.arange(at, at + part.tokens))
            at += part.tokens
        out.append(torch.cat(rows))
    return tuple(out)
