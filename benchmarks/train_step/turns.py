"""Whole steps (loss, gradients, clipping, AdamW) of made-up clips, in turns: whatever else the machine does falls on all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch

from benchmarks.attention import CASES, Case, kept_share
from benchmarks.process_memory import most_held_bytes
from training.batch import TrainingBatch
from training.data.epoch_plan import Cursor
from training.model.plan import BatchPlan
from training.model.positions import Grid
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.model.wan import WanConfig
from training.noise_settings import NoiseSettings
from training.ranks import Ranks
from training.text_plan import PADDED_TOKENS
from training.trainer.checkpoint import Learning
from training.trainer.estimate import step_operations
from training.trainer.feed import FeedStep
from training.trainer.optimizer import build_optimizer
from training.trainer.settings import OptimizerSettings, TuneSettings
from training.trainer.step import Stepper, StepSettings
from training.trainer.tuned import Tuned

SHOTS = (Case("1 shot", 1), *(case for case in CASES if case.shots > 1 and case.backend == "sdpa_segments"))


@dataclass(frozen=True)
class Clip:
    """What steps are measured on: ``latents`` before patching, ``captions`` tokens for each shot beside the summary's 512 (none
    where 0), ``plan`` of the attention."""

    latents: Grid
    captions: int
    plan: PlanSettings

    def batch(self, config: WanConfig, case: Case, device: torch.device) -> TrainingBatch:
        """Random numbers on ``device``, in the model's form; its plan is on the host, as a feed leaves it."""
        starts = case.starts(self.latents.frames)
        words = [TextPart(self.captions, shots=(shot,)) for shot in range(len(starts)) if self.captions]
        sample = SamplePlan(starts, (TextPart(PADDED_TOKENS), *words))
        shape = (self.latents.frames, self.latents.rows, self.latents.columns)
        generator = torch.Generator().manual_seed(0)
        return TrainingBatch(
            names=("made/clip/0",),
            shots=(len(starts),),
            latents_BCTHW=torch.randn(1, config.channels, *shape, generator=generator).to(device),
            text=(torch.randn(sample.tokens, config.text_width, generator=generator).to(device),),
            plan=BatchPlan.build([sample], config.grid(*shape), config.head_width, self.plan),
        )


@dataclass(frozen=True)
class StepLine:
    """Of clips of ``name``: median seconds of a step, their ratio to those of the first line, the ratio of the ``counted``
    operations, and seconds of the processor to build the plan."""

    name: str
    seconds: float
    ratio: float
    counted: float
    planning: float

    @property
    def planned_share(self) -> float:
        return self.planning / self.seconds


@dataclass(frozen=True)
class Measured:
    """``tokens``: of the video. ``peak``: bytes of the process, or of the GPU where there is one."""

    tokens: int
    lines: tuple[StepLine, ...]
    peak: int


def measure_steps(
    tuned: Tuned, config: WanConfig, clip: Clip, tune: TuneSettings, rounds: int, clock: Callable[[], float]
) -> Measured:
    """``config`` is the form of ``tuned``'s model, ``tune`` how it is tuned. One step is run before, and not counted."""
    device = tuned.model.proj_out.weight.device
    optimizer = OptimizerSettings()
    learning = Learning(tuned, build_optimizer(tuned.learns.values(), optimizer), average=None)
    stepper = Stepper(learning, StepSettings(NoiseSettings(), optimizer, seed=0, steps=1000), Ranks(), nullcontext)
    batches = [clip.batch(config, case, device) for case in SHOTS]
    taken: list[list[float]] = [[] for _ in batches]
    stepper.run(0, FeedStep(Cursor(0, 0), (batches[-1],)))
    for number in range(1, rounds + 1):
        for batch, seconds in zip(batches, taken, strict=True):
            started = _settled(device, clock)
            stepper.run(number, FeedStep(Cursor(0, 0), (batch,)))
            seconds.append(_settled(device, clock) - started)
    medians = [statistics.median(seconds) for seconds in taken]
    operations = [_operations(config, clip, tune, batch.plan) for batch in batches]
    lines = tuple(
        StepLine(case.name, median, median / medians[0], counted / operations[0], _planning(batch.plan, config))
        for case, median, counted, batch in zip(SHOTS, medians, operations, batches, strict=True)
    )
    return Measured(batches[0].plan.grid.tokens, lines, peak_bytes(device))


def _settled(device: torch.device, clock: Callable[[], float]) -> float:
    """The time when all that was asked of ``device`` is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return clock()


def _operations(config: WanConfig, clip: Clip, tune: TuneSettings, plan: BatchPlan) -> float:
    """Of a step: in masked layers only scores that the mask leaves are computed."""
    whole = step_operations(config, plan.grid.tokens, tune)
    masked = step_operations(config, plan.grid.tokens, tune, kept_share(plan))
    share = sum(plan.masks_video(layer) for layer in range(config.layers)) / config.layers
    return whole + share * (masked - whole)


def _planning(plan: BatchPlan, config: WanConfig) -> float:
    """Median seconds of this thread."""
    seconds = []
    for _ in range(5):
        started = time.thread_time()
        BatchPlan.build(plan.samples, plan.grid, config.head_width, plan.settings)
        seconds.append(time.thread_time() - started)
    return statistics.median(seconds)


def peak_bytes(device: torch.device) -> int:
    """Most that were held at a time so far: on the GPU, or by this process alone (what it was started by does not count)."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return most_held_bytes()


def steps_table(name: str, found: Measured) -> list[str]:
    """Rows of a table under ``STEPS_HEAD``."""
    return [
        f"| {name} | {line.name} | {line.seconds:.2f} | {line.ratio:.3f} | {line.counted:.3f} | "
        f"{1000 * line.planning:.0f} ms, {line.planned_share:.2%} | {found.peak / 1e9:.2f} |"
        for line in found.lines
    ]


STEPS_HEAD: Sequence[str] = (
    "| tuning | clip | seconds a step | of one shot | counted | plan, of a step | peak GB |",
    "|---|---|---|---|---|---|---|",
)
