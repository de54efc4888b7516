"""Gradient checkpointing computes everything again but attention."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from training.model.recompute import KEPT
from training.model.sample_plan import SamplePlan, TextPart

TWO_SHOTS = SamplePlan((0, 2), (TextPart(3), TextPart(2, shots=(0,)), TextPart(4, shots=(1,))))


class Counted(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.attention = self.linear = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.attention += operator in KEPT
        self.linear += operator in (torch.ops.aten.addmm.default, torch.ops.aten.mm.default)
        return operator(*args, **(kwargs or {}))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_attention_is_computed_once_and_linear_layers_twice(pair, inputs, plan, dtype):
    model, given = pair(dtype).ours, inputs(1, 9, dtype)
    counts = []
    for on in (False, True):
        model.gradient_checkpointing = on
        with Counted() as counted:
            model(given.latents, given.time, given.text, plan(TWO_SHOTS)).sum().backward()
        counts.append((counted.attention, counted.linear))
    (plain, plain_linear), (kept, again_linear) = counts
    assert kept == plain > 0
    assert again_linear > plain_linear


def test_on_a_processor_text_with_times_takes_the_plain_form(pair, inputs, plan):
    """None of its kernels takes keys that are wider than values."""
    model, given = pair().ours, inputs(1, 9)
    counts = []
    for interval in (None, (0.0, 1.0)):
        with Counted() as counted:
            parts = (TextPart(4), TextPart(5, entity=1, interval=interval))
            model(given.latents, given.time, given.text, plan(SamplePlan((0,), parts)))
        counts.append(counted.attention)
    layers = model.config.layers
    assert counts == [2 * layers, layers], "self-attention alone"
