"""Visits become batches. What cannot be read is left out, counted and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

import torch
from torch import Tensor

from training.batch import TrainingBatch
from training.caches.entry import DamagedEntryError
from training.caches.moments import LatentScale, MomentsSource, drawn
from training.caches.texts import TextSource
from training.data.clip_frames import CorruptClipError
from training.data.epoch_plan import Visit
from training.data.randomness import Draw
from training.data.samples import CorruptCount, SampleReader
from training.data.settings import DataSettings, DropoutSettings
from training.feeding.told import Dropped, Told, tell, texts_of
from training.model.plan import BatchPlan, HeadSplit, PlanError
from training.model.sample_plan import PlanSettings
from training.model.wan import WanConfig


@dataclass(frozen=True)
class Sources:
    """Where moments and texts come from: encoders or caches, which give the same."""

    moments: MomentsSource
    texts: TextSource
    scale: LatentScale


@dataclass(frozen=True)
class ModelForm:
    """What the transformer must be known by so that its plans can be made."""

    config: WanConfig
    plan: PlanSettings


@dataclass(frozen=True)
class _Sample:
    visit: Visit
    shots: int
    latents_CTHW: Tensor
    told: Told


class BatchMaker:
    """Makes equal batches of equal visits of an epoch, whichever process asks, and in whatever order. May be shared by
    threads, which then take turns: a VAE keeps what it saw of one video while it encodes."""

    def __init__(
        self, reader: SampleReader, sources: Sources, form: ModelForm, settings: DataSettings, seed: int
    ) -> None:
        self._reader = reader
        self._sources = sources
        self._form = form
        self._settings = settings
        self._seed = seed
        self.corrupt = CorruptCount(settings.corrupt)
        self._one_at_a_time = Lock()

    def batch(self, visits: Sequence[Visit], epoch: int) -> TrainingBatch | None:
        """``visits``: of one bucket. Without those that cannot be read; ``None`` where none is left. Raises
        ``TooManyCorruptError``, ``MissingEntryError``, ``PlanError`` naming the visits, and ``OSError`` for a shard that cannot be
        read."""
        return self._made(visits, epoch, self._settings.dropout)

    def held_out(self, visit: Visit) -> TrainingBatch | None:
        """One visit that goes without nothing, as epoch 0 has it."""
        return self._made([visit], 0, DropoutSettings(captions=0, masks=0))

    def _made(self, visits: Sequence[Visit], epoch: int, dropout: DropoutSettings) -> TrainingBatch | None:
        with self._one_at_a_time:
            return self._read(visits, epoch, dropout)

    def _read(self, visits: Sequence[Visit], epoch: int, dropout: DropoutSettings) -> TrainingBatch | None:
        samples = []
        for visit in visits:
            dropped = Dropped.at(self._seed, epoch, visit.name, dropout)
            sample = self.corrupt.counted(partial(self._sample, visit, epoch, dropped))
            if sample is not None:
                samples.append(sample)
        return self._together(samples) if samples else None

    def _sample(self, visit: Visit, epoch: int, dropped: Dropped) -> _Sample:
        view = self._reader.look(visit, epoch)
        try:
            moments = self._sources.moments.moments(view)
            told = tell(view, texts_of(view, self._settings.text), dropped, self._sources.texts)
        except DamagedEntryError as error:
            raise CorruptClipError(visit.key, str(error)) from error
        self._check_labels(visit, told)
        draw = Draw(self._seed, epoch, visit.name, "posterior")
        latents = drawn(moments, draw if self._settings.latents.posterior == "sample" else None)
        return _Sample(visit, len(view.window.pieces), self._sources.scale.normalised(latents), told)

    def _check_labels(self, visit: Visit, told: Told) -> None:
        """One clip with a crowd in it does not end a run."""
        labels = HeadSplit.of(self._form.config.head_width).labels
        most = max(part.entity for part in told.plan.text)
        if self._form.plan.time != "off" and told.plan.timed and most >= labels:
            raise CorruptClipError(visit.key, f"it has {most} entities, the model tells {labels - 1} apart")

    def _together(self, samples: Sequence[_Sample]) -> TrainingBatch:
        latents_BCTHW = torch.stack([sample.latents_CTHW for sample in samples])
        names = tuple(sample.visit.name for sample in samples)
        config = self._form.config
        plans = [sample.told.plan for sample in samples]
        try:
            plan = BatchPlan.build(plans, config.grid(*latents_BCTHW.shape[2:]), config.head_width, self._form.plan)
        except PlanError as error:
            raise PlanError(f"{', '.join(names)}: {error}") from error
        return TrainingBatch(
            names=names,
            shots=tuple(sample.shots for sample in samples),
            latents_BCTHW=latents_BCTHW,
            text=tuple(sample.told.text for sample in samples),
            plan=plan,
        )
