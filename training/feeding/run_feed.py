"""What a process of a run is fed: its micro-batches of each global step, made ahead in a thread."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch

from training.batch import TrainingBatch
from training.caches.identity import require_run
from training.caches.moments import LiveMoments
from training.caches.release_parts import load_text_encoder, load_video_encoder
from training.caches.texts import LiveTexts, RememberedTexts
from training.data.clip_frames import CorruptClipError
from training.data.epoch_plan import Cursor, steps_from
from training.data.plan_identity import PlanIdentity
from training.feeding.batch_maker import BatchMaker, ModelForm, Sources
from training.feeding.opened_data import OpenedData, RunLength
from training.feeding.prefetch import Prefetched
from training.trainer.feed import FeedStep


@dataclass(frozen=True)
class Place:
    """Of a process among all that train."""

    rank: int = 0
    ranks: int = 1


@dataclass(frozen=True)
class _Made:
    """One micro-batch of a step, or nothing; ``last``: of this process's."""

    cursor: Cursor
    batch: TrainingBatch | None
    last: bool


class RunFeed:
    """``waited``: seconds that steps had to wait for their batches so far."""

    def __init__(self, data: OpenedData, maker: BatchMaker, place: Place) -> None:
        self._data = data
        self._maker = maker
        self._place = place
        self.waited = 0.0

    @property
    def identity(self) -> PlanIdentity:
        return self._data.identity

    @property
    def skipped(self) -> tuple[CorruptClipError, ...]:
        """What could not be read, in the order in which it came."""
        return tuple(self._maker.corrupt.skipped)

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """The steps from ``cursor`` on, epoch after epoch, without end. Raises as ``BatchMaker.batch``, and ``ValueError`` for a
        cursor past the end of its epoch."""
        before = self.waited
        with Prefetched(self._made(cursor), self._data.settings.ahead) as made:
            batches: list[TrainingBatch] = []
            for one in made:
                self.waited = before + made.waited
                if one.batch is not None:
                    batches.append(one.batch)
                if one.last:
                    yield FeedStep(one.cursor, tuple(batches))
                    batches = []

    def held_out(self, samples: int) -> Iterator[TrainingBatch]:
        """The first ``samples`` of unseen sources by key, each alone, the same ones in the same form every time."""
        for visit in islice(self._data.held_out(), samples):
            batch = self._maker.held_out(visit)
            if batch is not None:
                yield batch

    def _made(self, cursor: Cursor) -> Iterator[_Made]:
        for place, step in steps_from(self._data.epoch, cursor, sys.maxsize):
            own = [each.batch for each in step.of_rank(self._place.rank, self._place.ranks) if each.weight > 0]
            if not own:
                yield _Made(place, None, last=True)
            for number, batch in enumerate(own, 1):
                yield _Made(place, self._maker.batch(batch.visits, place.epoch), last=number == len(own))


def open_feed(data: OpenedData, form: ModelForm, length: RunLength, place: Place, device: torch.device) -> RunFeed:
    """From the caches where ``data`` names them, and then neither VAE nor text encoder is loaded; live on ``device`` otherwise.
    Raises ``CacheMismatchError`` and ``CheckpointError``."""
    if data.settings.cache:
        require_run(data.cache_store, data.cache_identity(data.epochs(length)))
        sources = Sources(data.cached_moments(), RememberedTexts(data.cached_texts()), data.parts.scale)
    else:
        video = load_video_encoder(data.parts, data.settings.latents.precision, device)
        texts = LiveTexts(load_text_encoder(data.parts, data.settings.text.precision, device))
        sources = Sources(LiveMoments(data.reader, video), RememberedTexts(texts), data.parts.scale)
    maker = BatchMaker(data.reader, sources, form, data.settings, data.order.seed)
    return RunFeed(data, maker, place)
