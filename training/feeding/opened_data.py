"""The data of a run, opened: its corpora, what encodes them, and every visit that the run will make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from formats.filesystem import CorpusStore
from training.caches.entry import EntryFolder
from training.caches.identity import CacheIdentity
from training.caches.moments import CachedMoments
from training.caches.release_parts import ReleaseParts, identify_parts
from training.caches.texts import CachedTexts
from training.data.corpora import OpenedCorpus, open_corpora
from training.data.epoch_plan import EpochPlan, OrderSettings, Visit, plan_epoch
from training.data.plan_identity import PlanIdentity
from training.data.samples import SampleReader
from training.data.settings import DataSettings


@dataclass(frozen=True)
class RunLength:
    """What comes first ends a run. ``steps`` are global."""

    epochs: int
    steps: int


@dataclass(frozen=True)
class OpenedData:
    """``train``, ``validation``: the corpora, one split each. ``reader`` reads visits of both."""

    settings: DataSettings
    order: OrderSettings
    train: tuple[OpenedCorpus, ...]
    validation: tuple[OpenedCorpus, ...]
    parts: ReleaseParts
    reader: SampleReader

    @property
    def identity(self) -> PlanIdentity:
        corpora = [(corpus.samples, corpus.fingerprint) for corpus in self.train]
        return PlanIdentity.of(corpora, self.order, self.settings.windows, self.settings.sizes)

    def epoch(self, number: int) -> EpochPlan:
        """Raises ``ValueError`` where no clip fits any size."""
        return plan_epoch([corpus.samples for corpus in self.train], self.order, number)

    def held_out(self) -> tuple[Visit, ...]:
        """A visit for each clip of unseen sources, by key."""
        visits = [Visit(each.name, key, bucket, 0) for each in self.validation for key, bucket in each.table.assigned]
        return tuple(sorted(visits, key=lambda visit: (visit.key, visit.corpus)))

    def epochs(self, length: RunLength) -> int:
        """How many a run of ``length`` enters."""
        left = length.steps
        for epoch in range(length.epochs):
            left -= len(self.epoch(epoch).steps)
            if left <= 0:
                return epoch + 1
        return length.epochs

    def windows(self, epochs: int) -> Iterator[tuple[Visit, int]]:
        """Visits with their epochs, one for each window that is seen in the first ``epochs`` or in validation."""
        yield from ((visit, 0) for visit in self.held_out())
        turns, seen = self.settings.windows.per_clip, set[tuple[str, str, int]]()
        for epoch in range(epochs):
            for step in self.epoch(epoch).steps:
                for visit in (visit for batch in step.batches for visit in batch.visits):
                    which = (visit.corpus, visit.key, visit.lap % turns if turns else visit.lap)
                    if which not in seen:
                        seen.add(which)
                        yield visit, epoch

    def cache_identity(self, epochs: int) -> CacheIdentity:
        """What a cache must be for the first ``epochs`` and validation."""
        settings, sizes = self.settings, self.settings.sizes
        held_out = {corpus.name: corpus.fingerprint for corpus in self.validation}
        return CacheIdentity(
            vae=self.parts.vae,
            text_encoder=self.parts.text_encoder,
            latent_precision=settings.latents.precision,
            text_precision=settings.text.precision,
            text_plan=settings.text.plan,
            event_prefix=settings.text.event_prefix,
            windows=settings.windows,
            sizes=tuple((size.frames, size.height, size.width) for size in sizes.buckets),
            largest_scale=sizes.largest_scale,
            largest_crop=sizes.largest_crop,
            corpora=tuple(sorted((each.name, each.fingerprint, held_out[each.name]) for each in self.train)),
            weights=tuple(sorted((each.name, str(each.weight)) for each in self.train)),
            seed=self.order.seed,
            epochs=epochs,
        )

    @property
    def cache_store(self) -> CorpusStore:
        return CorpusStore(Path(self.settings.cache))

    def cached_moments(self) -> CachedMoments:
        entries = EntryFolder(self.cache_store, "latents")
        precision, cuts = self.settings.latents.precision, self.settings.windows.cuts
        return CachedMoments(self.reader, entries, self.parts.vae, precision, cuts)

    def cached_texts(self) -> CachedTexts:
        entries = EntryFolder(self.cache_store, "texts")
        return CachedTexts(entries, self.parts.text_encoder, self.settings.text.precision)


def open_data(settings: DataSettings, source: str, revision: str, seed: int, group: int) -> OpenedData:
    """``source``: of the release that encodes. Raises ``CheckpointError``, ``SharedSourceError``, ``ManifestError``,
    ``FileNotFoundError`` for a corpus that is not there, and ``ValueError`` for names that repeat."""
    train, validation = (
        open_corpora(settings.corpora, split, settings.sizes, settings.windows) for split in ("train", "validation")
    )
    return OpenedData(
        settings=settings,
        order=OrderSettings(seed, tuple(bucket.batch for bucket in settings.sizes.buckets), group),
        train=train,
        validation=validation,
        parts=identify_parts(source, revision),
        reader=SampleReader(_whole(train, validation), settings.sizes.buckets, settings.windows, seed),
    )


def _whole(train: Sequence[OpenedCorpus], validation: Sequence[OpenedCorpus]) -> list[OpenedCorpus]:
    return [replace(one, rows={**one.rows, **other.rows}) for one, other in zip(train, validation, strict=True)]
