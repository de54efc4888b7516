"""Flow matching: the straight way from data to noise, and what is learnt of it (Lipman et al., arXiv 2210.02747; Esser et al.,
arXiv 2403.03206). Sigma is the share of noise: 0 is data, 1 is noise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.noise_settings import NoiseSettings

TIMESTEPS = 1000
"""Wan's scale: what the model is told is 1000 sigma."""


def shifted(sigma: Tensor, shift: float) -> Tensor:
    """s sigma / (1 + (s - 1) sigma): rising, 0 and 1 stay."""
    return shift * sigma / (1 + (shift - 1) * sigma)


def draw_sigma(count: int, settings: NoiseSettings, generator: torch.Generator) -> Tensor:
    """``(count,)`` float32 between 0 and 1: a shifted logistic normal."""
    return sigma_of(torch.randn(count, generator=generator, dtype=torch.float64), settings)


def sigma_of(normal: Tensor, settings: NoiseSettings) -> Tensor:
    """Float32 of ``normal``'s shape: the sigmas that standard normals stand for, rising with them."""
    sigma = torch.sigmoid(settings.mean + settings.spread * normal.double())
    return shifted(sigma, settings.shift).float()


def noised(data_BC: Tensor, noise_BC: Tensor, sigma_B: Tensor) -> Tensor:
    """(1 - sigma) data + sigma noise, in the finer of the types given. Any shape after the first dimension."""
    share = sigma_B.view(-1, *(1 for _ in data_BC.shape[1:]))
    return (1 - share) * data_BC + share * noise_BC


def velocity(data_BC: Tensor, noise_BC: Tensor) -> Tensor:
    """What the model learns to say: noise - data."""
    return noise_BC - data_BC


def sample_losses(said_BC: Tensor, wanted_BC: Tensor) -> Tensor:
    """``(B,)`` float32: the mean squared error of each sample."""
    return (said_BC.float() - wanted_BC.float()).square().flatten(1).mean(1)
