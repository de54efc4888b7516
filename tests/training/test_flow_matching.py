"""Noise, and what is learnt of it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.flow_matching import draw_sigma, noised, sample_losses, shifted, velocity
from training.noise_settings import NoiseSettings


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(st.floats(0.5, 15), st.floats(0, 1), st.floats(0, 1))
def test_the_shift_rises_and_leaves_the_ends(shift: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    moved = shifted(torch.tensor([0.0, low, high, 1.0], dtype=torch.float64), shift).tolist()
    assert moved == sorted(moved)
    assert (moved[0], moved[-1]) == (0.0, 1.0)
    if shift > 1:
        assert moved[1] >= low


def test_data_at_0_noise_at_1_and_the_velocity_leads_from_one_to_the_other() -> None:
    data, noise = draw(3, 4, 2), draw(3, 4, 2, seed=1)
    sigma = torch.tensor([0.0, 0.25, 1.0], dtype=torch.float64)
    mixed = noised(data, noise, sigma)
    assert torch.equal(mixed[0], data[0])
    assert torch.equal(mixed[2], noise[2])
    back = mixed - sigma[:, None, None] * velocity(data, noise)
    assert torch.allclose(back, data, rtol=0, atol=1e-15)


def test_a_perfect_answer_costs_nothing_and_each_sample_has_its_own_loss() -> None:
    said = draw(2, 3, 4)
    wrong = said.clone()
    wrong[1] += 2
    assert sample_losses(said, said).tolist() == [0.0, 0.0]
    assert sample_losses(said, wrong).tolist() == pytest.approx([0.0, 4.0])


def test_sigma_is_a_shifted_logistic_normal_and_the_seed_decides() -> None:
    plain = draw_sigma(20_000, NoiseSettings(shift=1.0), torch.Generator().manual_seed(3))
    assert float(plain.mean()) == pytest.approx(0.5, abs=0.01)
    assert float((plain < torch.sigmoid(torch.tensor(-1.0))).float().mean()) == pytest.approx(0.1587, abs=0.01)
    moved = draw_sigma(20_000, NoiseSettings(shift=3.0), torch.Generator().manual_seed(3))
    assert torch.allclose(moved, shifted(plain.double(), 3.0).float(), rtol=0, atol=1e-6)
    assert not torch.equal(plain, draw_sigma(20_000, NoiseSettings(shift=1.0), torch.Generator().manual_seed(4)))
