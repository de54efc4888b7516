"""AdamW (Loshchilov & Hutter, arXiv 1711.05101), its learning rate over the steps, and the moving average of what is learnt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, pi
from typing import Any

import torch
from torch import Tensor, nn

from training.trainer.settings import OptimizerSettings


class MissingLibraryError(RuntimeError):
    """A setting needs a library that is not installed; the text says which."""


def build_optimizer(learns: Iterable[nn.Parameter], settings: OptimizerSettings) -> torch.optim.Optimizer:
    """Raises ``MissingLibraryError``."""
    kind: Any = torch.optim.AdamW if settings.kind == "adamw" else _adamw_of_8_bits()
    optimizer: torch.optim.Optimizer = kind(
        list(learns), lr=settings.rate, betas=settings.betas, eps=settings.eps, weight_decay=settings.weight_decay
    )
    return optimizer


def _adamw_of_8_bits() -> type[torch.optim.Optimizer]:
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as error:
        raise MissingLibraryError(
            "optimizer.kind 'adamw8bit' needs the library bitsandbytes: pip install bitsandbytes, or set 'adamw'"
        ) from error
    found: type[torch.optim.Optimizer] = AdamW8bit
    return found


def rate_at(step: int, steps: int, settings: OptimizerSettings) -> float:
    """The learning rate of ``step`` (from 0) of ``steps``."""
    if step < settings.warmup:
        return settings.rate * (step + 1) / settings.warmup
    if settings.schedule == "constant":
        return settings.rate
    through = (step - settings.warmup) / max(1, steps - settings.warmup)
    return settings.rate * (1 + cos(pi * min(1.0, through))) / 2


class MovingAverage:
    """The exponential moving average of some parameters, without correction for its start: it starts at their values."""

    def __init__(self, learns: dict[str, nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.values: dict[str, Tensor] = {name: parameter.detach().clone() for name, parameter in learns.items()}

    @torch.no_grad()
    def follow(self, learns: dict[str, nn.Parameter]) -> None:
        """A step of it."""
        ours: Sequence[Tensor] = [self.values[name] for name in learns]
        torch._foreach_lerp_(list(ours), [parameter.detach() for parameter in learns.values()], 1 - self.decay)

    @torch.no_grad()
    def take(self, learns: dict[str, nn.Parameter]) -> None:
        """The parameters' values in place of its own."""
        for name, parameter in learns.items():
            self.values[name].copy_(parameter)
