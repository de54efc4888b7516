"""What a batch says about the model: the loss of each of its samples.

B batch, C latent channels, T latent frames, H W latent rows and columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from training.batch import TrainingBatch
from training.data.randomness import Draw, Purpose
from training.flow_matching import TIMESTEPS, noised, sample_losses, sigma_of, velocity
from training.model.wan import WanTransformer
from training.noise_settings import NoiseSettings


class NonFiniteLossError(RuntimeError):
    """The loss or the gradient is not a number; the text names the step and the batch."""


def training_losses(
    model: WanTransformer, batch: TrainingBatch, settings: NoiseSettings, seed: int, epoch: int
) -> Tensor:
    """``(B,)`` float32 on the model's device. Noise and its share are each sample's own draws."""
    draws = [Draw(seed, epoch, name, "sigma").stream().normal((1,)) for name in batch.names]
    sigma_B = sigma_of(torch.from_numpy(np.concatenate(draws)), settings)
    return losses_at(model, batch, noise_of(batch, seed, epoch, "noise"), sigma_B)


def noise_of(batch: TrainingBatch, seed: int, epoch: int, purpose: Purpose) -> Tensor:
    """``(B, C, T, H, W)`` float32: each sample's own."""
    shape = tuple(batch.latents_BCTHW.shape[1:])
    draws = [torch.from_numpy(Draw(seed, epoch, name, purpose).stream().normal(shape)) for name in batch.names]
    return torch.stack(draws)


def losses_at(model: WanTransformer, batch: TrainingBatch, noise_BCTHW: Tensor, sigma_B: Tensor) -> Tensor:
    """``(B,)`` float32: how wrong the velocity is that the model says at ``sigma_B`` of noise. In full tuning the weights are
    float32, and where the device has it bfloat16 is computed in by autocast, which the caller sets."""
    device, dtype = model.proj_out.weight.device, model.proj_out.weight.dtype
    data, noise, sigma = (x.to(device) for x in (batch.latents_BCTHW, noise_BCTHW, sigma_B))
    text_KE = joined(batch.text).to(device, dtype)
    said = model(noised(data, noise, sigma).to(dtype), TIMESTEPS * sigma, text_KE, batch.plan.to(device))
    return sample_losses(said, velocity(data, noise))


def joined(text: Sequence[Tensor]) -> Tensor:
    """``(K, E)``: the text of all samples, one after another."""
    return torch.cat(list(text))
