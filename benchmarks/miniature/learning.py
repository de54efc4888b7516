"""Training of the small model, by the product's own transformer, plans and flow matching."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.miniature.codec import CHANNELS
from benchmarks.miniature.corpus import Script
from benchmarks.miniature.words import TEXT_WIDTH, Vocabulary, sample_plan
from training.flow_matching import TIMESTEPS, draw_sigma, noised, sample_losses, velocity
from training.model.plan import BatchPlan
from training.model.sample_plan import PlanSettings
from training.model.wan import WanConfig, WanTransformer
from training.noise_settings import NoiseSettings

HEAD_WIDTH = 32
PATCH = (1, 4, 4)
"""A token is a whole latent: where in the picture something is, is not what is to be learnt here."""
NOISE = NoiseSettings(shift=1.0)
_WARM_UP = 50
_LARGEST_NORM = 1.0


@dataclass(frozen=True)
class Latents:
    """What a model learns from: ``(N, C, T, h, w)``, and the script of each."""

    latents: Tensor
    scripts: Sequence[Script]


@dataclass(frozen=True)
class Lessons:
    """``rate``: the highest learning rate. ``any_number``: a clip's first shot gets a random number, so that a model that has seen
    single shots alone knows what a later shot's caption looks like."""

    steps: int
    batch: int
    rate: float
    seed: int
    plan: PlanSettings
    any_number: bool = False


def new_model(width: int, layers: int, seed: int) -> WanTransformer:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return WanTransformer(
            WanConfig(
                heads=width // HEAD_WIDTH,
                head_width=HEAD_WIDTH,
                channels=CHANNELS,
                text_width=TEXT_WIDTH,
                ffn_width=4 * width,
                layers=layers,
                patch=PATCH,
            )
        )


def batch_plan(model: WanTransformer, latents: Tensor, scripts: Sequence[Script], settings: PlanSettings) -> BatchPlan:
    grid = model.config.grid(*latents.shape[2:])
    return BatchPlan.build([sample_plan(script) for script in scripts], grid, model.config.head_width, settings)


def teach(model: WanTransformer, data: Latents, lessons: Lessons) -> list[float]:
    """All weights learn. The loss of each step."""
    generator = torch.Generator().manual_seed(lessons.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lessons.rate, weight_decay=0.01, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share(step, lessons.steps))
    vocabulary, losses = Vocabulary.drawn(), []
    model.train()
    for _ in range(lessons.steps):
        rows = torch.randint(len(data.scripts), (lessons.batch,), generator=generator).tolist()
        firsts = (
            torch.randint(3, (lessons.batch,), generator=generator).tolist() if lessons.any_number else [0] * len(rows)
        )
        scripts = [data.scripts[row] for row in rows]
        text = torch.cat([vocabulary.text(each.words, first) for each, first in zip(scripts, firsts, strict=True)])
        clean = data.latents[rows]
        sigma = draw_sigma(len(rows), NOISE, generator)
        noise = torch.randn(clean.shape, generator=generator)
        plan = batch_plan(model, clean, scripts, lessons.plan)
        said = model(noised(clean, noise, sigma), TIMESTEPS * sigma, text, plan)
        loss = sample_losses(said, velocity(clean, noise)).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), _LARGEST_NORM)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def _share(step: int, steps: int) -> float:
    """Of the highest rate: rising at first, then half a cosine."""
    return min(1.0, (step + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


@torch.no_grad()
def generate(
    model: WanTransformer, shape: Sequence[int], scripts: Sequence[Script], settings: PlanSettings, steps: int
) -> Tensor:
    """Latents ``(len(scripts), *shape)`` from noise that depends on the number of scripts alone, by Euler's method."""
    generator = torch.Generator().manual_seed(11)
    latents = torch.randn(len(scripts), *shape, generator=generator)
    vocabulary = Vocabulary.drawn()
    text = torch.cat([vocabulary.text(script.words) for script in scripts])
    plan = batch_plan(model, latents, scripts, settings)
    model.eval()
    for number in range(steps):
        now, then = 1 - number / steps, 1 - (number + 1) / steps
        time = torch.full((len(scripts),), TIMESTEPS * now)
        latents = latents + (then - now) * model(latents, time, text, plan)
    return latents
