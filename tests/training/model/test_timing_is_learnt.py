"""A toy model learns when events happen where the cross-attention is told, and cannot where it is not. Direction only.

Two things act once each: thing k shows its event's colour in channels 2k and 2k + 1 during the event, and nothing otherwise. A text
says which thing and which colour; only the interval says when.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from training.flow_matching import TIMESTEPS, draw_sigma, noised, sample_losses, velocity
from training.model.plan import BatchPlan
from training.model.positions import Grid, latent_centres
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart, TimeMode
from training.model.wan import WanConfig, WanTransformer
from training.noise_settings import NoiseSettings

LATENTS, COLOURS = 12, 6
CONFIG = WanConfig(
    heads=2, head_width=32, channels=4, text_width=16, time_width=32, ffn_width=128, layers=3, patch=(1, 1, 1)
)
STEPS, BATCH = 300, 16


@dataclass(frozen=True)
class Batch:
    latents: Tensor
    text: Tensor
    plan: BatchPlan
    shown: Tensor
    """``(B, 2, T)`` bool: whether each thing's event is on."""


def draw(generator: torch.Generator, mode: TimeMode) -> Batch:
    words = torch.randn(2 + COLOURS, 16, generator=torch.Generator().manual_seed(1))
    looks = torch.randn(COLOURS, 2, generator=torch.Generator().manual_seed(2))
    looks = looks / looks.norm(dim=1, keepdim=True)
    centres = latent_centres(LATENTS)
    latents, text, samples, shown = torch.zeros(BATCH, 4, LATENTS, 1, 1), [], [], []
    for number in range(BATCH):
        parts = []
        for thing in range(2):
            start, end = sorted((torch.rand(2, generator=generator) * LATENTS).tolist())
            colour = int(torch.randint(COLOURS, (), generator=generator))
            on = (centres >= start) & (centres < end)
            shown.append(on)
            latents[number, 2 * thing : 2 * thing + 2, on, 0, 0] = 1.5 * looks[colour][:, None]
            text += [words[thing], words[2 + colour]] * 2
            parts.append(TextPart(4, entity=thing + 1, interval=(start, end)))
        samples.append(SamplePlan((0,), tuple(parts)))
    settings = PlanSettings(masked_layers=None, time=mode)
    plan = BatchPlan.build(samples, Grid(LATENTS, 1, 1), CONFIG.head_width, settings)
    return Batch(latents, torch.stack(text), plan, torch.stack(shown).view(BATCH, 2, LATENTS))


def accuracy(mode: TimeMode) -> float:
    """How often a trained model says rightly, from noise alone, whether a thing's event is on."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = WanTransformer(CONFIG)
    generator = torch.Generator().manual_seed(3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(STEPS):
        batch = draw(generator, mode)
        sigma = draw_sigma(BATCH, NoiseSettings(), generator)
        noise = torch.randn(batch.latents.shape, generator=generator)
        said = model(noised(batch.latents, noise, sigma), TIMESTEPS * sigma, batch.text, batch.plan)
        optimizer.zero_grad()
        sample_losses(said, velocity(batch.latents, noise)).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    right = []
    for _ in range(8):
        unseen = draw(generator, mode)
        noise = torch.randn(unseen.latents.shape, generator=generator)
        with torch.no_grad():
            meant = noise - model(noise, torch.full((BATCH,), float(TIMESTEPS)), unseen.text, unseen.plan)
        seen = meant.view(BATCH, 2, 2, LATENTS).norm(dim=2) > 0.75
        right.append((seen == unseen.shown).float().mean())
    return float(torch.stack(right).mean())


@pytest.mark.slow
def test_events_are_shown_in_their_intervals_with_sampled_times_and_not_without() -> None:
    told, untold = accuracy("sampled"), accuracy("off")
    assert told > untold + 0.1, (told, untold)
