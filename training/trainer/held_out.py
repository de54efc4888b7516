"""The loss on sources that are not trained on: always the same samples, the same noise, the same shares of it, so that two steps of
a run, and two runs, can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from training.batch import TrainingBatch
from training.flow_matching import sigma_of
from training.model.wan import WanTransformer
from training.noise_settings import NoiseSettings
from training.ranks import Ranks
from training.trainer.objective import losses_at, noise_of

MOST_SHOTS = 16
"""Samples with more are counted as having so many."""


@dataclass(frozen=True)
class HeldOutLoss:
    """``by_quantile``: of the noise that is trained on. ``by_shots``: by how many shots samples have."""

    mean: float
    by_quantile: Mapping[float, float]
    by_shots: Mapping[int, float]

    def values(self, prefix: str) -> dict[str, float]:
        return {
            f"{prefix}loss": self.mean,
            **{f"{prefix}loss_at_{quantile:g}": loss for quantile, loss in self.by_quantile.items()},
            **{f"{prefix}loss_of_{shots}_shots": loss for shots, loss in self.by_shots.items()},
        }


@dataclass(frozen=True)
class HeldOut:
    """``batches``: of this process alone, of one sample each."""

    batches: Sequence[TrainingBatch]
    quantiles: tuple[float, ...]
    noise: NoiseSettings
    seed: int
    ranks: Ranks
    computing: Callable[[], AbstractContextManager[object]]

    @torch.no_grad()
    def loss(self, model: WanTransformer) -> HeldOutLoss | None:
        """Over the samples of all processes, which all ask for it; None if there are none."""
        sigma_Q = sigma_of(torch.special.ndtri(torch.tensor(self.quantiles, dtype=torch.float64)), self.noise)
        device = model.proj_out.weight.device
        sums = torch.zeros(len(sigma_Q) + 1, MOST_SHOTS + 1, dtype=torch.float64, device=device)
        for batch in self.batches:
            noise = noise_of(batch, self.seed, 0, "held_out_noise")
            shots = min(batch.shots[0], MOST_SHOTS)
            for place, sigma in enumerate(sigma_Q):
                with self.computing():
                    sums[place, shots] += losses_at(model, batch, noise, sigma[None])[0].double()
            sums[-1, shots] += 1
        self.ranks.add_up([sums])
        return None if sums[-1].sum() == 0 else _read(sums.cpu(), self.quantiles)


def _read(sums: Tensor, quantiles: tuple[float, ...]) -> HeldOutLoss:
    losses_QS, samples_S = sums[:-1], sums[-1]
    samples = samples_S.sum()
    return HeldOutLoss(
        mean=float(losses_QS.sum() / samples / len(quantiles)),
        by_quantile={q: float(row.sum() / samples) for q, row in zip(quantiles, losses_QS, strict=True)},
        by_shots={
            shots: float(losses_QS[:, shots].sum() / samples_S[shots] / len(quantiles))
            for shots in range(MOST_SHOTS + 1)
            if samples_S[shots] > 0
        },
    )
