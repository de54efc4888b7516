"""A process of a training run, from the settings to the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from training.data.clip_frames import CorruptClipError
from training.feeding.batch_maker import ModelForm
from training.feeding.opened_data import OpenedData, RunLength, open_data
from training.feeding.run_feed import Place, RunFeed, open_feed
from training.model.checkpoint import load_config, load_transformer
from training.ranks import Ranks
from training.settings import TrainingSettings
from training.trainer.base_model import BaseModelIdentity
from training.trainer.loop import RunPlace, train
from training.trainer.step import StepResult
from training.trainer.timeline_videos import prepare_videos
from training.trainer.validation import no_videos

SKIPPED = "skipped.jsonl"
"""In a run's folder: the clips that could not be read, by all processes."""


@dataclass(frozen=True)
class Watching:
    """Who is told of a run's way. ``step``: the number of steps done, of all, and the last one's result. ``skipped``: of a clip
    that could not be read, each time that this process meets one; it is written to ``SKIPPED``, too."""

    step: Callable[[int, int, StepResult], None] = lambda step, steps, result: None
    skipped: Callable[[str], None] = lambda said: None


@dataclass(frozen=True)
class RunWish:
    """``resume``: from the last checkpoint in ``folder``, if there is one."""

    settings: TrainingSettings
    folder: Path
    resume: bool


def open_run_data(settings: TrainingSettings) -> OpenedData:
    """Raises as ``open_data``, and ``MaskedLayersError``."""
    model, run = settings.model, settings.run
    settings.attention.plan.require_layers(load_config(model.source, model.revision).layers)
    return open_data(settings.data, model.source, model.revision, run.seed, run.group)


def steps_of(settings: TrainingSettings, data: OpenedData) -> int:
    """How many steps the run has: as many as are wanted, or those of its epochs."""
    left = settings.run.steps
    for epoch in range(settings.run.epochs):
        left -= len(data.epoch(epoch).steps)
        if left <= 0:
            return settings.run.steps
    return settings.run.steps - left


def run_process(wish: RunWish, ranks: Ranks, device: torch.device, watching: Watching) -> int:
    """The number of steps that are done in the end. Raises as ``open_run_data``, ``open_feed``, ``load_transformer``,
    ``prepare_videos`` and ``train``."""
    settings = wish.settings
    if device.type == "cuda":
        # Adapters are float32: TF32 keeps their small products from costing more than the base's.
        torch.set_float32_matmul_precision("high")
    data = open_run_data(settings)
    steps = steps_of(settings, data)
    videos = prepare_videos(settings, wish.folder, ranks, device)
    loaded = load_transformer(settings.model.source, settings.model.revision, _held_in(settings))
    model = loaded.model
    form = ModelForm(model.config, settings.attention.plan)
    length = RunLength(settings.run.epochs, settings.run.steps)
    feed = open_feed(data, form, length, Place(ranks.rank, ranks.count), device)
    told = _Told(feed, watching, steps, wish.folder / SKIPPED)
    base = BaseModelIdentity.of(loaded, data.parts)
    place = RunPlace(wish.folder, ranks, wish.resume, told, steps, base)
    return train(settings, model.to(device), feed, place, no_videos if videos is None else videos.make)


def _held_in(settings: TrainingSettings) -> torch.dtype:
    """In full tuning the weights learn in float32, and must not have been rounded before."""
    return torch.float32 if settings.tune.how == "full" else settings.model.torch_dtype


class _Told:
    def __init__(self, feed: RunFeed, watching: Watching, steps: int, file: Path) -> None:
        self._feed = feed
        self._watching = watching
        self._steps = steps
        self._file = file
        self._skipped = 0

    def __call__(self, step: int, result: StepResult) -> None:
        for error in self._feed.skipped[self._skipped :]:
            self._write(step, error)
            self._watching.skipped(str(error))
            self._skipped += 1
        self._watching.step(step, self._steps, result)

    def _write(self, step: int, error: CorruptClipError) -> None:
        """One write of one line, so that processes do not disturb each other."""
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"step": step, "clip": error.key, "reason": str(error)}) + "\n")
