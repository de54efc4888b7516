"""What it costs to feed training from caches: the way ``feed`` of this benchmark."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch

from training.data.buckets import Bucket, BucketSettings
from training.data.corpora import CorpusSettings
from training.data.epoch_plan import Cursor
from training.data.settings import DataSettings, DropoutSettings
from training.data.windows import WindowSettings
from training.feeding.batch_maker import BatchMaker, ModelForm, Sources
from training.feeding.cache_filler import CacheFiller
from training.feeding.opened_data import OpenedData, RunLength, open_data
from training.feeding.run_feed import Place, open_feed
from training.latent_mapping import latents_of
from training.model.plan import BatchPlan
from training.model.sample_plan import PlanSettings
from training.model.tiny_checkpoint import write_tiny_release
from training.model.wan import WanConfig

FULL_SIZE = Bucket(frames=81, height=480, width=832)
_TEXT_WIDTH = 4096
_CAPTION_TOKENS = 60


@dataclass(frozen=True)
class FeedCost:
    """Seconds: ``making`` a batch by the clock, medians; ``working`` at it and ``planning`` in it, medians of the processor's time
    in that thread; ``waited`` and ``lasted`` of all steps together. ``tokens``: of the video."""

    making: float
    working: float
    planning: float
    waited: float
    lasted: float
    tokens: int

    @property
    def waited_share(self) -> float:
        return self.waited / self.lasted


def measure_feed(corpus: Path, folder: Path, batches: int, step_seconds: float, size: Bucket = FULL_SIZE) -> FeedCost:
    """``folder`` takes the caches. The first batch, before which nothing could be made ahead, is waited for and not counted."""
    form = ModelForm(WanConfig(text_width=_TEXT_WIDTH), PlanSettings(time="off"))
    data = _filled(corpus, folder, size)
    maker = BatchMaker(
        data.reader,
        Sources(data.cached_moments(), data.cached_texts(), data.parts.scale),
        form,
        data.settings,
        data.order.seed,
    )
    making, working, planning, tokens = [], [], [], 0
    for step in islice(data.epoch(0).steps, batches):
        started, worked = time.perf_counter(), time.thread_time()
        batch = maker.batch(step.batches[0].visits, 0)
        making.append(time.perf_counter() - started)
        working.append(time.thread_time() - worked)
        if batch is not None:
            worked = time.thread_time()
            BatchPlan.build(batch.plan.samples, batch.plan.grid, form.config.head_width, form.plan)
            planning.append(time.thread_time() - worked)
            tokens = batch.plan.grid.tokens
    waited, lasted = _waited(data, form, batches, step_seconds)
    return FeedCost(*(statistics.median(each) for each in (making, working, planning)), waited, lasted, tokens)


def _waited(data: OpenedData, form: ModelForm, batches: int, step_seconds: float) -> tuple[float, float]:
    feed = open_feed(data, form, RunLength(1, batches), Place(), torch.device("cpu"))
    steps = feed.steps(Cursor(0, 0))
    next(steps)
    first, started = feed.waited, time.perf_counter()
    for _ in range(batches - 1):
        time.sleep(step_seconds)
        next(steps)
    return feed.waited - first, time.perf_counter() - started


def _filled(corpus: Path, folder: Path, size: Bucket) -> OpenedData:
    """Caches of an epoch whose entries are random and of the real sizes."""
    data = open_data(_settings(corpus, folder / "cache", size), str(_release(folder / "release")), "", 0, 1)
    filler = CacheFiller(data)
    survey = filler.survey(1, False, lambda: None)
    shape = (2 * data.parts.scale.z_dim, latents_of(size.frames), size.height // 8, size.width // 8)
    moments, texts = torch.randn(shape).bfloat16(), torch.randn(_CAPTION_TOKENS, _TEXT_WIDTH).bfloat16()
    cached = data.cached_moments()
    for window in survey.missing_windows:
        cached.entries.write(cached.key(data.reader.look(window.visit, window.epoch)), moments)
    for text in survey.missing_texts:
        data.cached_texts().entries.write(data.cached_texts().key(text), texts)
    filler.note(1)
    return data


def _settings(corpus: Path, cache: Path, size: Bucket) -> DataSettings:
    return DataSettings(
        corpora=(CorpusSettings(name="corpus", path=str(corpus)),),
        sizes=BucketSettings(buckets=(size,), largest_scale=16, largest_crop=0.9),
        windows=WindowSettings(per_clip=1),
        dropout=DropoutSettings(captions=0, masks=0),
        cache=str(cache),
    )


def _release(folder: Path) -> Path:
    """A tiny one that says that its text is as wide as Wan's."""
    write_tiny_release(folder)
    form = folder / "text_encoder" / "config.json"
    form.write_text(json.dumps({**json.loads(form.read_text()), "d_model": _TEXT_WIDTH}))
    return folder
