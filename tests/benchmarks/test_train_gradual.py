from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from benchmarks.development_set import Amounts, StoredFilm
from benchmarks.shot_scoring import Gap
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


def test_labels_say_what_every_frame_and_boundary_is(benchmark_script: Callable[[str], ModuleType]) -> None:
    training = benchmark_script("train_gradual")
    kind, cut = training._labels(12, [Gap("cut", 2, 2), Gap("wipe", 4, 6), Gap("fade", 9, 12)])
    assert [CLASSES[each] for each in kind] == [*["clean"] * 4, *["wipe"] * 2, *["clean"] * 3, *["fade"] * 3]
    assert cut.tolist() == [0, 0, 1, *[0] * 9]


def test_films_of_photographs_are_labelled_as_their_truth_says(
    benchmark_script: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = benchmark_script("train_gradual")
    film = StoredFilm(
        "gallery-x", np.zeros((12, 27, 48, 3), np.uint8), 25.0, (Gap("dissolve", 4, 6),), (Gap("fade", 9, 12),)
    )
    monkeypatch.setattr(training, "add_photograph_palettes", lambda folder: None)
    monkeypatch.setattr(training, "rough_plans", lambda looks, amounts: [])
    monkeypatch.setattr(training, "stored_films", lambda folder, plans: iter([film]))
    (labelled,) = training.photographed_frames(tmp_path, Amounts())
    with np.load(labelled) as stored:
        assert np.flatnonzero(stored["kind"]).tolist() == [4, 5, 9, 10, 11]
        assert stored["cut"].sum() == 0 and stored["small"].shape == (12, 27, 48, 3)
