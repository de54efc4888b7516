"""One step: the gradients of all its samples, added up over all processes, and what the optimizer makes of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from training.noise_settings import NoiseSettings
from training.ranks import Ranks
from training.trainer.checkpoint import Learning
from training.trainer.feed import FeedStep
from training.trainer.objective import NonFiniteLossError, training_losses
from training.trainer.optimizer import rate_at
from training.trainer.settings import OptimizerSettings, TrainerSettings


@dataclass(frozen=True)
class StepSettings:
    noise: NoiseSettings
    optimizer: OptimizerSettings
    seed: int
    steps: int
    """Of the whole run."""

    @classmethod
    def of(cls, settings: TrainerSettings, steps: int) -> Self:
        return cls(settings.noise, settings.optimizer, settings.run.seed, steps)


@dataclass(frozen=True)
class StepResult:
    """``loss``: the mean over the global step's ``samples``, NaN if there were none. ``gradient``: its norm before it is
    shortened."""

    loss: float
    samples: int
    gradient: float
    rate: float


class Stepper:
    """Runs steps of ``learning``, the model being asked inside of ``computing()``."""

    def __init__(
        self,
        learning: Learning,
        settings: StepSettings,
        ranks: Ranks,
        computing: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._tuned = learning.tuned
        self._optimizer = learning.optimizer
        self._average = learning.average
        self._settings = settings
        self._ranks = ranks
        self._computing = computing

    def run(self, step: int, given: FeedStep) -> StepResult:
        """Step number ``step`` of the run. Raises ``NonFiniteLossError`` in all processes, before anything is changed."""
        learns = list(self._tuned.learns.values())
        gradients = self._cleared()
        totals = torch.zeros(2, dtype=torch.float64, device=learns[0].device)
        losses = self._add_gradients(given, totals)
        self._ranks.add_up([*gradients, totals])
        loss_sum, samples = totals.tolist()
        if samples == 0:
            return StepResult(float("nan"), 0, 0.0, 0.0)
        torch._foreach_div_(gradients, samples)
        norm = torch.nn.utils.get_total_norm(gradients)
        if not (torch.isfinite(norm) and torch.isfinite(totals[0])):
            raise NonFiniteLossError(
                f"step {step} (epoch {given.cursor.epoch}, {given.cursor.step}): not a finite number: {_named(given, losses)}. "
                "Nothing was changed by it"
            )
        torch.nn.utils.clip_grads_with_norm_(learns, self._settings.optimizer.clip, norm)
        rate = rate_at(step, self._settings.steps, self._settings.optimizer)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        if self._average is not None:
            self._average.follow(self._tuned.learns)
        return StepResult(loss_sum / samples, int(samples), float(norm), rate)

    def _add_gradients(self, given: FeedStep, totals: Tensor) -> list[Tensor]:
        """Of the sum of the samples' losses; their sum and number go into ``totals``. The losses, batch by batch: none is looked
        at here, so that a GPU is not waited for."""
        losses: list[Tensor] = []
        for batch in given.batches:
            with self._computing():
                losses_B = training_losses(
                    self._tuned.model, batch, self._settings.noise, self._settings.seed, given.cursor.epoch
                )
            losses_B.sum().backward()
            totals[0] += losses_B.detach().sum().double()
            totals[1] += len(batch.names)
            losses.append(losses_B.detach())
        return losses

    def _cleared(self) -> list[Tensor]:
        """The gradients, all there and 0."""
        out = []
        for parameter in self._tuned.learns.values():
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            else:
                parameter.grad.zero_()
            out.append(parameter.grad)
        return out


def _named(given: FeedStep, losses: list[Tensor]) -> str:
    """The first batch of this process whose loss is no finite number."""
    for batch, losses_B in zip(given.batches, losses, strict=True):
        if not torch.isfinite(losses_B).all():
            return f"the batch {', '.join(batch.names)}"
    return "a batch (its process names it), or the gradient's norm"
