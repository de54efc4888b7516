"""The whole model of 1.3B at 81 frames beside diffusers with a boolean mask, in a process each. Made for a GPU; weights are random,
which costs the same. A small form runs on a processor, to see that all parts work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Literal

import torch

from benchmarks.train_step.beside_diffusers import MaskedDiffusers
from benchmarks.train_step.turns import Clip, Measured, measure_steps
from training.model.checkpoint import cast_weights
from training.model.positions import Grid
from training.model.sample_plan import PUBLISHED_MASKED_LAYERS, PlanSettings
from training.model.wan import WanConfig, WanTransformer
from training.trainer.settings import TuneSettings
from training.trainer.tuned import tune

FULL_SIZE = Grid(frames=21, rows=60, columns=104)
"""Latents of 81 frames of 480 x 832: 32,760 tokens."""
SMALL = WanConfig(heads=2, head_width=24, text_width=16, time_width=32, ffn_width=64, layers=8)
SMALL_SIZE = Grid(frames=8, rows=4, columns=8)

Side = Literal["ours", "diffusers"]
SIDES: tuple[Side, ...] = ("ours", "diffusers")


@dataclass(frozen=True)
class WholeWish:
    """``device``: as PyTorch names it."""

    config: WanConfig
    latents: Grid
    rounds: int
    device: str

    @property
    def clip(self) -> Clip:
        """The published layers keep shots apart, and only in the video: diffusers' processor has no mask for texts."""
        return Clip(self.latents, 0, PlanSettings(PUBLISHED_MASKED_LAYERS, masked="video", time="off"))


def measure_sides(wish: WholeWish) -> Iterator[tuple[Side, Measured | None]]:
    """None where the GPU's memory is too small."""
    for side in SIDES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            try:
                yield side, alone.submit(measure_side, wish, side).result()
            except torch.cuda.OutOfMemoryError:
                yield side, None


def measure_side(wish: WholeWish, side: Side) -> Measured:
    """Adapters of rank 64 over bfloat16 weights (float32 on a processor), blocks computed again on the way back: ours keep what
    attention gave, diffusers keeps nothing of a block."""
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(0)
    device = torch.device(wish.device)
    settings = TuneSettings()
    with device:
        made: Any = WanTransformer(wish.config) if side == "ours" else MaskedDiffusers.of(wish.config)
    tuned = tune(cast_weights(made, torch.bfloat16 if device.type == "cuda" else torch.float32).to(device), settings, 0)
    if side == "diffusers":
        made.enable_gradient_checkpointing()
    return measure_steps(tuned, wish.config, wish.clip, settings, wish.rounds, time.perf_counter)
