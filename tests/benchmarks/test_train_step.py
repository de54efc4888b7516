"""The benchmark of training steps runs whole steps, its feed is fed from caches, and what it is held against computes the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from benchmarks.train_step.beside_diffusers import MaskedDiffusers
from benchmarks.train_step.blocks import TUNINGS, StackWish, measure_tuning, measure_tunings
from benchmarks.train_step.feed import FeedCost, measure_feed
from benchmarks.train_step.turns import SHOTS, Measured, StepLine, peak_bytes, steps_table
from benchmarks.train_step.whole import SMALL, SMALL_SIZE, WholeWish, measure_side
from tests.training.feeding.small_run import pack_small
from training.data.buckets import Bucket
from training.model.positions import Grid
from training.model.wan import WanConfig, WanTransformer
from training.noise_settings import NoiseSettings
from training.trainer.objective import training_losses
from training.trainer.settings import TuneSettings
from training.trainer.tuned import tune

WISH = StackWish(
    WanConfig(heads=2, head_width=24, text_width=16, ffn_width=32, layers=2), Grid(8, 4, 4), 1, 1, "processor"
)


@pytest.mark.parametrize("name", TUNINGS)
def test_a_step_is_measured_for_each_number_of_shots(name):
    found = measure_tuning(WISH, name)
    assert [line.name for line in found.lines] == [case.name for case in SHOTS]
    assert found.lines[0].ratio == found.lines[0].counted == 1
    assert all(line.seconds > 0 and line.planning > 0 for line in found.lines)
    counted = [line.counted for line in found.lines]
    assert counted == sorted(counted, reverse=True) and counted[-1] < 1
    assert found.tokens == 8 * 2 * 2


@pytest.mark.slow
def test_memory_is_counted_of_a_process_alone():
    held = torch.ones(300_000_000, dtype=torch.uint8)
    ((_, found),) = measure_tunings(WISH, ("adapters",))
    assert 0 < found.peak < peak_bytes(held.device)


def test_the_peak_of_memory_stays_when_what_was_held_is_gone():
    before = peak_bytes(torch.device("cpu"))
    held = torch.ones(before, dtype=torch.uint8)
    after = peak_bytes(held.device)
    del held
    assert after > 1.5 * before
    assert peak_bytes(torch.device("cpu")) > 0.99 * after, "as near as the kernel counts"


def test_the_table_has_a_row_for_each_clip():
    line = StepLine("2 shots", seconds=2.0, ratio=0.9, counted=0.8, planning=0.01)
    assert steps_table("full", Measured(100, (line,), 3_456_000_000)) == [
        "| full | 2 shots | 2.00 | 0.900 | 0.800 | 10 ms, 0.50% | 3.46 |"
    ]


def test_diffusers_with_a_boolean_mask_learns_from_the_same_losses_as_ours():
    torch.manual_seed(0)
    theirs = MaskedDiffusers.of(SMALL)
    ours = WanTransformer(SMALL)
    ours.load_state_dict(theirs.state_dict())
    clip = WholeWish(SMALL, SMALL_SIZE, 1, "cpu").clip
    found = []
    for model in (ours, theirs):
        tuned = tune(model, TuneSettings(), 0)
        if model is theirs:
            model.enable_gradient_checkpointing()
        losses, gradients = [], []
        for case in SHOTS:
            loss = training_losses(model, clip.batch(SMALL, case, torch.device("cpu")), NoiseSettings(), 0, 0).sum()
            losses.append(loss.detach())
            gradients.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(tuned.learns.values()))]))
        found.append((torch.stack(losses), torch.stack(gradients)))
    assert len(set(found[0][0].tolist())) == len(SHOTS), "masks change what is said"
    assert torch.allclose(found[0][0], found[1][0], rtol=1e-5)
    assert torch.allclose(found[0][1], found[1][1], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("side", ["ours", "diffusers"])
def test_each_side_of_the_whole_models_steps_runs(side):
    found = measure_side(WholeWish(SMALL, SMALL_SIZE, 1, "cpu"), side)
    assert [line.name for line in found.lines] == [case.name for case in SHOTS]


def test_a_feed_is_measured_from_caches_that_are_filled_for_it(tmp_path: Path) -> None:
    cost = measure_feed(pack_small(tmp_path / "corpus"), tmp_path, 3, 0.01, Bucket(frames=17, height=16, width=32))
    assert cost.making > 0
    assert cost.working > cost.planning > 0
    assert cost.tokens == 5 * 1 * 2
    assert cost.lasted >= 0.02


def test_the_share_that_is_waited_is_of_all_the_time() -> None:
    assert FeedCost(1, 1, 1, waited=0.5, lasted=2.0, tokens=1).waited_share == pytest.approx(0.25)
