"""The loss on unseen sources: the same every time, per share of noise and per number of shots, with and without adapters."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
import torch

from tests.training.trainer.synthetic import MadeFeed, made_model, made_settings
from training.lora import adapter_layers
from training.noise_settings import NoiseSettings
from training.ranks import Ranks
from training.trainer.held_out import HeldOut
from training.trainer.log import JSON_LINES, read_log
from training.trainer.loop import RunPlace, train
from training.trainer.settings import TuneSettings
from training.trainer.tuned import tune


def held_out(samples: int = 4) -> HeldOut:
    return HeldOut(tuple(MadeFeed().held_out(samples)), (0.25, 0.75), NoiseSettings(), 0, Ranks(), nullcontext)


def test_it_is_the_same_every_time_and_its_parts_make_the_whole():
    model = made_model()
    once, again = (held_out().loss(model) for _ in range(2))
    assert once == again
    assert once.mean == pytest.approx(sum(once.by_quantile.values()) / 2)
    assert once.by_shots.keys() == {1, 2}
    assert once.mean == pytest.approx(sum(once.by_shots.values()) / 2)


def test_without_unseen_sources_there_is_none():
    assert held_out(0).loss(made_model()) is None


def test_without_adapters_it_is_the_base_models():
    model = made_model()
    before = held_out().loss(model)
    tuned = tune(model, TuneSettings(rank=4), seed=0)
    for _, layer in adapter_layers(model):
        torch.nn.init.normal_(layer.lora_B["default"].weight)
    assert held_out().loss(model) != before
    with tuned.untuned():
        assert held_out().loss(model) == before


def test_a_run_tells_losses_and_how_far_each_layer_moved(tmp_path):
    train(made_settings(run={"steps": 5}), made_model(), MadeFeed(), RunPlace(tmp_path))
    lines = read_log(tmp_path / JSON_LINES)
    told = {line["step"]: line for line in lines if line["kind"] == "validation"}
    assert list(told) == [0, 4, 5]
    assert told[0]["loss"] == told[0]["untuned_loss"] == told[0]["average_loss"]
    assert told[5]["untuned_loss"] == told[0]["loss"] != told[5]["loss"]
    assert {"loss_at_0.125", "untuned_loss_at_0.875", "loss_of_1_shots", "average_loss_of_2_shots"} <= told[5].keys()
    first, *_, last = (line for line in lines if line["kind"] == "effect")
    assert first["blocks.0.attn1.to_q"] == 0 < last["blocks.0.attn1.to_q"]


def test_a_run_of_all_weights_tells_how_far_each_layer_moved_from_where_it_began(tmp_path):
    settings = made_settings(run={"steps": 5}, tune={"how": "full"})
    first = {name: weight.clone() for name, weight in made_model().state_dict().items()}
    model = made_model()
    train(settings, model, MadeFeed(), RunPlace(tmp_path))
    began, *_, ended = (line for line in read_log(tmp_path / JSON_LINES) if line["kind"] == "effect")
    layers = [name for name in ended if name.startswith("blocks.")]
    assert len(layers) == 2 * 10 and {began[layer] for layer in layers} == {0.0}
    for layer in layers:
        moved, base = model.state_dict()[f"{layer}.weight"], first[f"{layer}.weight"]
        assert ended[layer] == pytest.approx(float((moved - base).norm() / base.norm())) != 0


def test_a_run_of_all_weights_that_goes_on_tells_it_from_where_it_first_began(tmp_path):
    for steps in (2, 4):
        settings = made_settings(run={"steps": 4}, tune={"how": "full"}, checkpoints={"every": 2})
        train(settings, made_model(), MadeFeed(), RunPlace(tmp_path / "parts", resume=True, steps=steps))
    train(settings, made_model(), MadeFeed(), RunPlace(tmp_path / "whole"))
    parts, whole = (last_effects(tmp_path / run) for run in ("parts", "whole"))
    assert parts == whole


def last_effects(run):
    """By layer."""
    *_, last = (line for line in read_log(run / JSON_LINES) if line["kind"] == "effect")
    return {name: value for name, value in last.items() if name.startswith("blocks.")}
