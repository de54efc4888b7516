"""A small temporal network that says of every frame whether it is a clean picture or part of a dissolve, wipe or fade,
and whether a hard cut comes before it.

Ours: dilated convolutions over ``gradual_features``, trained on rendered and made-up films alone by
``benchmarks/train_gradual.py``. It complements TransNetV2, which is nearly silent on wipes, and stands in for it where
that is switched off. It runs in NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np

from operators.cut_evidence import CutEvidence
from operators.gradual_features import DISTANCES, gradual_features
from operators.transition_window import Floats, Window

WEIGHTS = Path(__file__).with_name("gradual_network.npz")
DILATIONS = (1, 2, 4, 8, 16, 32, 1)
CLASSES = ("clean", "dissolve", "wipe", "fade")
LARGEST_FEATURE = 6.0

SIGHT = sum(DILATIONS) + max(DISTANCES)
"""How many frames to either side may change an answer."""


@dataclass(frozen=True)
class GradualAnswers:
    """``(N,)`` each, 0..1: the chance that a frame is part of a transition of each kind, and that a cut lies between
    it and the frame before."""

    dissolve: Floats
    wipe: Floats
    fade: Floats
    cut: Floats

    @property
    def gradual(self) -> Floats:
        """The chance that a frame is part of any of them."""
        return cast(Floats, self.dissolve + self.wipe + self.fade)


def gradual_answers(window: Window, evidence: CutEvidence) -> GradualAnswers:
    """What the network says of every frame of the window; it looks ``SIGHT`` frames to either side."""
    weights = _weights()
    scaled = (gradual_features(window, evidence) - weights["mean"]) / weights["deviation"]
    state = np.clip(scaled, -LARGEST_FEATURE, LARGEST_FEATURE) @ weights["in.weight"] + weights["in.bias"]
    state = np.maximum(state, 0.0)
    for layer, dilation in enumerate(DILATIONS):
        mixed = _convolved(state, weights[f"{layer}.weight"], dilation) + weights[f"{layer}.bias"]
        state = state + np.maximum(mixed, 0.0)
    out = state @ weights["out.weight"] + weights["out.bias"]
    kinds = out[:, : len(CLASSES)]
    shares = np.exp(kinds - kinds.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    cut = 1.0 / (1.0 + np.exp(-np.clip(out[:, len(CLASSES)], -30.0, 30.0)))
    return GradualAnswers(shares[:, 1], shares[:, 2], shares[:, 3], cut)


def _convolved(state: Floats, kernel: Floats, dilation: int) -> Floats:
    """``(N, C)`` with ``(3, C, C)``: each frame with those ``dilation`` before and after it; zero outside."""
    padded = np.pad(state, ((dilation, dilation), (0, 0)))
    count = len(state)
    return cast(Floats, sum(padded[k * dilation : k * dilation + count] @ kernel[k] for k in range(3)))


@cache
def _weights() -> dict[str, Floats]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
