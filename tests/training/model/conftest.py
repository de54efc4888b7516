"""A tiny transformer beside diffusers' own, with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from diffusers import WanTransformer3DModel

from training.model.plan import BatchPlan
from training.model.sample_plan import PlanSettings, SamplePlan, TextPart
from training.model.wan import WanConfig, WanTransformer

CONFIG = WanConfig(heads=2, head_width=24, channels=4, text_width=16, time_width=32, ffn_width=32, layers=3)
FRAMES, ROWS, COLUMNS = 5, 4, 6
EVERY_LAYER = (0, CONFIG.layers - 1)


@dataclass(frozen=True)
class Pair:
    ours: WanTransformer
    theirs: WanTransformer3DModel


@pytest.fixture
def pair() -> Callable[[torch.dtype], Pair]:
    def build(dtype: torch.dtype = torch.float32) -> Pair:
        torch.manual_seed(0)
        theirs = WanTransformer3DModel(
            num_attention_heads=CONFIG.heads,
            attention_head_dim=CONFIG.head_width,
            in_channels=CONFIG.channels,
            out_channels=CONFIG.channels,
            text_dim=CONFIG.text_width,
            freq_dim=CONFIG.time_width,
            ffn_dim=CONFIG.ffn_width,
            num_layers=CONFIG.layers,
        )
        ours = WanTransformer(CONFIG)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        return Pair(ours.to(dtype), theirs.to(dtype))

    return build


@dataclass(frozen=True)
class Inputs:
    latents: torch.Tensor
    time: torch.Tensor
    text: torch.Tensor


@pytest.fixture
def inputs() -> Callable[..., Inputs]:
    def draw(samples: int, tokens: int, dtype: torch.dtype = torch.float32) -> Inputs:
        """``tokens``: of all samples together."""
        generator = torch.Generator().manual_seed(1)
        latents = torch.randn(samples, CONFIG.channels, FRAMES, ROWS, COLUMNS, generator=generator, dtype=dtype)
        text = torch.randn(tokens, CONFIG.text_width, generator=generator, dtype=dtype)
        return Inputs(latents, torch.linspace(10, 900, samples), text)

    return draw


@pytest.fixture
def plan() -> Callable[..., BatchPlan]:
    def build(*samples: SamplePlan, dtype: torch.dtype = torch.float32, **settings: object) -> BatchPlan:
        chosen = PlanSettings(**{"masked_layers": EVERY_LAYER, **settings})
        return BatchPlan.build(samples, CONFIG.grid(FRAMES, ROWS, COLUMNS), CONFIG.head_width, chosen, dtype)

    return build


@pytest.fixture
def one_shot() -> SamplePlan:
    return SamplePlan((0,), (TextPart(7),))
