"""The loop: steps, and now and then a look at unseen sources and a checkpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

import torch

from training.model.wan import WanTransformer
from training.ranks import Ranks
from training.trainer.base_model import BaseModelIdentity
from training.trainer.checkpoint import (
    CheckpointFacts,
    Learning,
    checkpoints_in,
    keep_last,
    load_checkpoint,
    read_facts,
    read_settings,
    write_checkpoint,
)
from training.trainer.feed import Feed, FeedStep
from training.trainer.held_out import HeldOut
from training.trainer.log import RunLog, open_sinks
from training.trainer.optimizer import MovingAverage, build_optimizer
from training.trainer.same_run import require_same_run, settings_text
from training.trainer.settings import TrainerSettings
from training.trainer.step import Stepper, StepResult, StepSettings
from training.trainer.tuned import tune
from training.trainer.validation import MakeVideos, Validation, no_videos

CHECKPOINTS = "checkpoints"


class RunExistsError(ValueError):
    """There are checkpoints where a new run should begin."""


@dataclass(frozen=True)
class RunPlace:
    """Where a run lies, which of its processes this is, what its model stands on, and how many steps it has at most, where the
    settings have more. ``seen`` is called with the number of steps done and the last one's result."""

    folder: Path
    ranks: Ranks = field(default_factory=Ranks)
    resume: bool = False
    seen: Callable[[int, StepResult], None] = lambda step, result: None
    steps: int | None = None
    base: BaseModelIdentity = field(default_factory=BaseModelIdentity)


def train(
    settings: TrainerSettings,
    model: WanTransformer,
    feed: Feed,
    place: RunPlace,
    make_videos: MakeVideos = no_videos,
) -> int:
    """Tunes ``model`` in place, on the device where it is. The number of steps that are done in the end. Raises
    ``RunExistsError``, ``OtherRunError``, ``PlanMismatchError``, ``OtherBaseError``, ``DamagedCheckpointError``,
    ``NonFiniteLossError``, and what ``feed`` raises."""
    goes_on = place.resume and bool(checkpoints_in(place.folder / CHECKPOINTS))
    learning = _learning(model, settings, goes_on, place.ranks.leads)
    done = _taken_up(settings, learning, feed, place)
    log = None
    if place.ranks.leads:
        keep_last(place.folder / CHECKPOINTS, settings.checkpoints.keep)
        log = RunLog(place.folder, done.step, open_sinks(place.folder, done.step, settings.logs))
    place.ranks.wait()
    loop = _Loop(settings, learning, feed, place, log)
    try:
        return loop.run(done, make_videos)
    finally:
        if log is not None:
            log.close()


def require_no_run(folder: Path) -> None:
    """Raises ``RunExistsError`` if there is a checkpoint in ``folder``."""
    if checkpoints_in(folder / CHECKPOINTS):
        raise RunExistsError(f"{folder} holds a run: go on with it by --resume, or choose another folder")


def _learning(model: WanTransformer, settings: TrainerSettings, goes_on: bool, tells: bool) -> Learning:
    """``goes_on``: all that learns comes from a checkpoint, and what the run once started from need not be there still."""
    wanted = settings.tune.model_copy(update={"start": ""}) if goes_on else settings.tune
    tuned = tune(model, wanted, settings.run.seed, remember=tells)
    optimizer = build_optimizer(tuned.learns.values(), settings.optimizer)
    decay = settings.optimizer.ema
    return Learning(tuned, optimizer, MovingAverage(tuned.learns, decay) if decay else None)


def _taken_up(settings: TrainerSettings, learning: Learning, feed: Feed, place: RunPlace) -> CheckpointFacts:
    """Where the run stands, ``learning`` being brought there."""
    found = checkpoints_in(place.folder / CHECKPOINTS)
    if not place.resume:
        require_no_run(place.folder)
    if not found:
        torch.manual_seed(settings.run.seed)
        return CheckpointFacts(step=0, epoch=0, epoch_step=0, identity=feed.identity, base=place.base)
    facts = read_facts(found[-1])
    require_same_run(settings, read_settings(found[-1]))
    feed.identity.require_same(facts.identity)
    place.base.require_same(facts.base, str(found[-1]))
    load_checkpoint(found[-1], learning)
    return facts


class _Loop:
    def __init__(
        self, settings: TrainerSettings, learning: Learning, feed: Feed, place: RunPlace, log: RunLog | None
    ) -> None:
        self._settings = settings
        self._learning = learning
        self._feed = feed
        self._place = place
        self._log = log
        self._device = learning.tuned.model.proj_out.weight.device

    def run(self, facts: CheckpointFacts, make_videos: MakeVideos) -> int:
        inside = partial(computing, self._settings, self._device)
        steps = min(self._settings.run.steps, self._place.steps or self._settings.run.steps)
        stepper = Stepper(self._learning, StepSettings.of(self._settings, steps), self._place.ranks, inside)
        validation = Validation(self._learning, self._held_out(inside), make_videos, self._log)
        first = saved = facts.step
        if facts.step == 0:
            validation.run(0)
        began = time.perf_counter()
        for given in islice(self._feed.steps(facts.cursor), max(0, steps - facts.step)):
            waited = time.perf_counter() - began
            result = stepper.run(facts.step, given)
            facts = self._after(given, facts.step + 1)
            self._tell(facts.step, result, time.perf_counter() - began, waited)
            if facts.step % self._settings.validation.every == 0:
                validation.run(facts.step)
            if facts.step % self._settings.checkpoints.every == 0:
                self._save(facts)
                saved = facts.step
            began = time.perf_counter()
        if facts.step > first and facts.step % self._settings.validation.every:
            validation.run(facts.step)
        if saved < facts.step:
            self._save(facts)
        return facts.step

    def _held_out(self, inside: Callable[[], AbstractContextManager[object]]) -> HeldOut:
        ranks, wanted = self._place.ranks, self._settings.validation
        batches = self._feed.held_out(wanted.samples)
        mine = tuple(islice(batches, ranks.rank, None, ranks.count))
        return HeldOut(mine, wanted.quantiles, self._settings.noise, self._settings.run.seed, ranks, inside)

    def _after(self, given: FeedStep, step: int) -> CheckpointFacts:
        place = given.next
        return CheckpointFacts(
            step=step, epoch=place.epoch, epoch_step=place.step, identity=self._feed.identity, base=self._place.base
        )

    def _save(self, facts: CheckpointFacts) -> None:
        folder = self._place.folder / CHECKPOINTS
        if self._place.ranks.leads:
            write_checkpoint(folder, self._learning, facts, settings_text(self._settings))
            keep_last(folder, self._settings.checkpoints.keep)
        self._place.ranks.wait()

    def _tell(self, step: int, result: StepResult, seconds: float, waited: float) -> None:
        if self._log is not None:
            values = {
                "samples": result.samples,
                "gradient": result.gradient,
                "rate": result.rate,
                "seconds": seconds,
                "waited": waited,
            }
            if result.samples:
                values["loss"] = result.loss
            if self._device.type == "cuda":
                values["peak_bytes"] = torch.cuda.max_memory_allocated(self._device)
            self._log.write("step", step, values)
        self._place.seen(step, result)


def computing(settings: TrainerSettings, device: torch.device) -> AbstractContextManager[object]:
    """In full tuning with bfloat16, weights stay float32 and are rounded where they are used."""
    if settings.tune.how == "full" and settings.model.dtype == "bfloat16":
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()
