"""A stack of Wan2.1-1.3B's blocks on a processor: with adapters and in full, with blocks computed again on the way back and not.
Each way of tuning is measured in a process of its own, so that its memory is its own, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import torch

from benchmarks.attention import CLOCKS
from benchmarks.train_step.turns import Clip, Measured, measure_steps
from training.model.positions import Grid
from training.model.sample_plan import PlanSettings
from training.model.wan import WanConfig, WanTransformer
from training.trainer.settings import TuneSettings
from training.trainer.tuned import tune

LATENTS = Grid(frames=20, rows=16, columns=24)
"""Rows and columns of latents; of tokens half as many each: 1,920 in all."""
CAPTION_TOKENS = 60

TUNINGS: Mapping[str, TuneSettings] = {
    "adapters": TuneSettings(how="lora", recompute=True),
    "adapters, all kept": TuneSettings(how="lora", recompute=False),
    "full": TuneSettings(how="full", recompute=True),
    "full, all kept": TuneSettings(how="full", recompute=False),
}


@dataclass(frozen=True)
class StackWish:
    """``clock``: a name of ``CLOCKS``."""

    config: WanConfig
    latents: Grid
    rounds: int
    threads: int
    clock: str

    @property
    def clip(self) -> Clip:
        """All layers keep shots apart."""
        return Clip(self.latents, CAPTION_TOKENS, PlanSettings(masked_layers=(0, self.config.layers - 1), time="off"))


def measure_tunings(wish: StackWish, names: tuple[str, ...]) -> Iterator[tuple[str, Measured]]:
    """Of ``TUNINGS``, one after another, as they are done."""
    for name in names:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            yield name, alone.submit(measure_tuning, wish, name).result()


def measure_tuning(wish: StackWish, name: str) -> Measured:
    """In this process."""
    torch.set_num_threads(wish.threads)
    torch.manual_seed(0)
    settings = TUNINGS[name]
    tuned = tune(WanTransformer(wish.config), settings, seed=0)
    return measure_steps(tuned, wish.config, wish.clip, settings, wish.rounds, CLOCKS[wish.clock])
