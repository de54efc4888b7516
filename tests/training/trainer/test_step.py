"""A step: every sample of it counts alike, nothing frozen moves, and what is no number stops the run."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from itertools import islice, pairwise

import pytest
import torch

from tests.training.trainer.synthetic import CONFIG, MadeFeed, made_model, made_settings
from training.data.epoch_plan import Cursor
from training.lora import AdapterError, adapter_layers, adapter_weights, add_adapters, save_adapters
from training.model.checkpoint import cast_weights
from training.model.wan import WanTransformer
from training.ranks import Ranks
from training.trainer.checkpoint import Learning
from training.trainer.loop import computing
from training.trainer.objective import NonFiniteLossError, training_losses
from training.trainer.optimizer import MissingLibraryError, MovingAverage, build_optimizer, rate_at
from training.trainer.settings import OptimizerSettings, TuneSettings
from training.trainer.step import Stepper, StepSettings
from training.trainer.tuned import tune


def copied(learning: Learning) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in learning.tuned.learns.items()}


def learning_of(settings, model=None) -> Learning:
    tuned = tune(model or made_model(), settings.tune, seed=0)
    return Learning(tuned, build_optimizer(tuned.learns.values(), settings.optimizer), MovingAverage(tuned.learns, 0.9))


def steps_of(feed: MadeFeed, count: int):
    return list(islice(feed.steps(Cursor()), count))


def stepper_of(learning: Learning, settings) -> Stepper:
    return Stepper(learning, StepSettings.of(settings, settings.run.steps), Ranks(), nullcontext)


def test_the_loss_is_the_mean_over_the_samples_of_the_step():
    settings = made_settings()
    learning, (given,) = learning_of(settings), steps_of(MadeFeed(), 1)
    losses = torch.cat([training_losses(learning.tuned.model, batch, settings.noise, 0, 0) for batch in given.batches])
    result = stepper_of(learning, settings).run(0, given)
    assert result.samples == len(losses) > len(given.batches)
    assert result.loss == pytest.approx(float(losses.detach().mean()), rel=1e-5)


def test_the_gradient_of_a_step_does_not_depend_on_what_is_batched_with_what():
    """Its norm is of the mean over samples: twice the same samples give the same."""
    settings = made_settings()
    (given,) = steps_of(MadeFeed(), 1)
    twice = type(given)(given.cursor, given.batches * 2)
    norms = [stepper_of(learning_of(settings), settings).run(0, each).gradient for each in (given, twice)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-5)


def test_samples_that_cannot_be_read_do_not_count():
    settings = made_settings(run={"group": 100})
    everything = MadeFeed(group=100)
    partly = MadeFeed(group=100, left_out=("clip0", "clip1", "clip2"))
    results = [
        stepper_of(learning_of(settings), settings).run(0, steps_of(feed, 1)[0]) for feed in (everything, partly)
    ]
    assert [result.samples for result in results] == [10, 7]


def test_a_step_without_any_sample_changes_nothing():
    settings = made_settings()
    learning = learning_of(settings)
    before = copied(learning)
    nothing = MadeFeed(left_out=tuple(f"clip{number}" for number in range(10)))
    result = stepper_of(learning, settings).run(0, steps_of(nothing, 1)[0])
    assert result.samples == 0
    assert all(torch.equal(before[name], value) for name, value in copied(learning).items())


def test_a_loss_that_is_no_number_stops_the_run_names_the_batch_and_changes_nothing():
    settings = made_settings()
    learning = learning_of(settings)
    stepper = stepper_of(learning, settings)
    good, bad = steps_of(MadeFeed(), 1) + steps_of(MadeFeed(scale={"clip3": float("nan")}, group=100), 1)
    stepper.run(0, good)
    before = [parameter.clone() for parameter in learning.tuned.learns.values()]
    with pytest.raises(NonFiniteLossError, match=r"step 1 .*made/clip3/0"):
        stepper.run(1, bad)
    assert all(map(torch.equal, before, learning.tuned.learns.values()))


def test_frozen_means_frozen_and_adapters_are_float32_over_bfloat16():
    settings = made_settings()
    model = cast_weights(made_model(), torch.bfloat16)
    learning = learning_of(settings, model)
    frozen = {name: value.clone() for name, value in model.named_parameters() if name not in learning.tuned.learns}
    stepper = stepper_of(learning, settings)
    for step, given in enumerate(steps_of(MadeFeed(), 3)):
        stepper.run(step, given)
    now = dict(model.named_parameters())
    assert frozen
    assert all(torch.equal(value, now[name]) and now[name].grad is None for name, value in frozen.items())
    assert all(parameter.dtype == torch.float32 for parameter in learning.tuned.learns.values())
    assert all(float(layer.lora_B["default"].weight.detach().abs().max()) > 0 for _, layer in adapter_layers(model))


def test_all_weights_are_tuned_in_float32_while_bfloat16_computes():
    wished = {"tune": {"how": "full"}, "model": {"dtype": "bfloat16"}}
    settings, plain = made_settings(**wished), made_settings(tune={"how": "full"})
    (given,) = steps_of(MadeFeed(), 1)
    learning, seen = learning_of(settings, cast_weights(made_model(), torch.bfloat16)), {}
    model = learning.tuned.model
    for name in ("condition_embedder.time_embedder", "blocks.0.attn1.to_q"):
        model.get_submodule(name).register_forward_hook(lambda _, __, out, name=name: seen.update({name: out.dtype}))
    stepper = Stepper(
        learning, StepSettings.of(settings, 10), Ranks(), lambda: computing(settings, torch.device("cpu"))
    )
    result = stepper.run(0, given)
    assert result.loss == pytest.approx(stepper_of(learning_of(plain), plain).run(0, given).loss, rel=0.02)
    assert seen == {"condition_embedder.time_embedder": torch.float32, "blocks.0.attn1.to_q": torch.bfloat16}
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("how", "steps", "share"), [("full", 40, 0.01), pytest.param("lora", 75, 0.2, marks=pytest.mark.slow)]
)
def test_one_batch_is_learnt(how, steps, share):
    """The same noise and clips again and again. Over a base of random weights adapters come to 0.15 and no further."""
    optimizer = {"rate": 1e-2, "warmup": 0}
    settings = made_settings(tune={"how": how, "rank": 16}, optimizer=optimizer, run={"steps": steps})
    stepper = stepper_of(learning_of(settings), settings)
    (given,) = steps_of(MadeFeed(), 1)
    losses = [stepper.run(step, given).loss for step in range(steps)]
    assert losses[-1] < share * losses[0]


def test_the_gradient_is_the_slope_of_the_loss_along_any_way_of_the_adapters(monkeypatch):
    """Wan's rule rounds to float32 between the layers; here nothing is, so that slopes can be compared."""
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    settings = made_settings()
    (given,) = steps_of(MadeFeed(), 1)
    model = made_model().double()
    add_adapters(model, 4, seed=0)
    torch.manual_seed(1)
    way = []
    for _, layer in adapter_layers(model):
        for matrix in (layer.lora_A["default"].double(), layer.lora_B["default"].double()):
            torch.nn.init.normal_(matrix.weight, std=0.2)
            way.append((matrix.weight, torch.randn_like(matrix.weight)))

    def loss() -> torch.Tensor:
        return sum(training_losses(model, batch, settings.noise, 0, 0).sum() for batch in given.batches)

    def loss_at(share: float) -> float:
        with torch.no_grad():
            for weight, step in way:
                weight.add_(step, alpha=share)
            told = float(loss())
            for weight, step in way:
                weight.sub_(step, alpha=share)
        return told

    loss().backward()
    slope = float(sum((weight.grad * step).sum() for weight, step in way))
    assert (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5 == pytest.approx(slope, rel=1e-6)


def test_a_long_gradient_is_shortened():
    moved = []
    for clip in (1e-9, 1e9):
        settings = made_settings(optimizer={"clip": clip, "eps": 1.0, "warmup": 0})
        learning = learning_of(settings)
        before = copied(learning)
        result = stepper_of(learning, settings).run(0, steps_of(MadeFeed(), 1)[0])
        after = copied(learning)
        moved.append(max(float((after[name] - before[name]).abs().max()) for name in after))
        assert result.gradient > 1e-3
    assert moved[0] < 1e-9 < 1e-6 < moved[1]


def test_the_average_follows_at_its_decay():
    settings = made_settings()
    learning = learning_of(settings)
    wanted = {name: value.clone() for name, value in learning.average.values.items()}
    stepper = stepper_of(learning, settings)
    for step, given in enumerate(steps_of(MadeFeed(), 3)):
        stepper.run(step, given)
        wanted = {name: 0.9 * value + 0.1 * learning.tuned.learns[name].detach() for name, value in wanted.items()}
    assert all(torch.allclose(wanted[name], value, atol=1e-7) for name, value in learning.average.values.items())


def test_the_rate_rises_then_stays_or_falls():
    rising = OptimizerSettings(rate=1.0, warmup=4)
    assert [rate_at(step, 100, rising) for step in (0, 1, 3, 4, 99)] == [0.25, 0.5, 1.0, 1.0, 1.0]
    falling = OptimizerSettings(rate=1.0, warmup=4, schedule="cosine")
    rates = [rate_at(step, 104, falling) for step in range(4, 105)]
    assert rates[0] == 1.0 and rates[50] == pytest.approx(0.5) and rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert all(after < before for before, after in pairwise(rates))


def test_8_bits_without_their_library_are_explained(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bitsandbytes.optim", None)
    with pytest.raises(MissingLibraryError, match="pip install bitsandbytes"):
        learning_of(made_settings(optimizer={"kind": "adamw8bit"}))


@pytest.mark.slow
def test_in_8_bits_one_batch_is_learnt():
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    settings = made_settings(tune={"how": "full"}, optimizer={"kind": "adamw8bit", "rate": 1e-2, "warmup": 0})
    model = WanTransformer(replace(CONFIG, ffn_width=128))
    learning = learning_of(settings, model)
    stepper = stepper_of(learning, settings)
    (given,) = steps_of(MadeFeed(), 1)
    losses = [stepper.run(step, given).loss for step in range(15)]
    assert losses[-1] < 0.5 * losses[0]
    kept = [learning.optimizer.state[p]["state1"].dtype for p in learning.tuned.learns.values() if p.numel() >= 4096]
    assert kept and set(kept) == {torch.uint8}


def test_a_run_starts_from_adapters(tmp_path):
    other = made_model()
    add_adapters(other, 4, seed=9)
    save_adapters(adapter_weights(other), tmp_path / "start.safetensors")
    tuned = tune(made_model(), TuneSettings(rank=4, start=str(tmp_path / "start.safetensors")), seed=0)
    ours, theirs = adapter_weights(tuned.model), adapter_weights(other)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_adapters_to_start_from_must_have_the_runs_rank_and_are_nothing_to_full_tuning(tmp_path):
    other, file = made_model(), str(tmp_path / "start.safetensors")
    add_adapters(other, 4, seed=9)
    save_adapters(adapter_weights(other), tmp_path / "start.safetensors")
    with pytest.raises(AdapterError, match="set the rank to that of the file"):
        tune(made_model(), TuneSettings(rank=8, start=file), seed=0)
    with pytest.raises(AdapterError, match="merge them first"):
        tune(made_model(), TuneSettings(how="full", start=file), seed=0)
