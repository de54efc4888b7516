from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from operators import gradual_network
from operators.cut_evidence import cut_evidence
from operators.gradual_features import gradual_features
from operators.gradual_network import CLASSES, gradual_answers
from operators.transition_window import Window


def test_what_was_trained_is_what_the_operator_computes(
    benchmark_script: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = benchmark_script("train_gradual")
    dice = np.random.default_rng(2)
    frames = dice.integers(0, 256, (80, 27, 48, 3), dtype=np.uint8)
    window = Window.of_pictures(frames, 24.0)
    evidence = cut_evidence(window)
    features = gradual_features(window, evidence)
    kinds = np.repeat([0, 1], 40).astype(np.int64)
    example = training.Example(features, kinds, np.ones(80, np.float32), np.zeros(80, np.float32))
    made: list[torch.nn.Module] = []
    network = training.GradualNetwork

    def remembered() -> torch.nn.Module:
        made.append(network())
        return made[-1]

    monkeypatch.setattr(training, "GradualNetwork", remembered)
    weights = training.train([example], 3)
    training.write_weights(weights, tmp_path / "weights.npz")
    monkeypatch.setattr(gradual_network, "WEIGHTS", tmp_path / "weights.npz")
    gradual_network._weights.cache_clear()
    answers = gradual_answers(window, evidence)
    gradual_network._weights.cache_clear()
    scaled = training._scaled(features, weights["mean"], weights["deviation"])
    with torch.no_grad():
        out = made[0](torch.from_numpy(scaled.T[None].copy()))[0]
    shares = torch.softmax(out[: len(CLASSES)], dim=0).numpy()
    np.testing.assert_allclose(answers.gradual, 1 - shares[0], atol=0.01)
    np.testing.assert_allclose(answers.cut, torch.sigmoid(out[len(CLASSES)]).numpy(), atol=0.01)
