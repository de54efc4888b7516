"""What of a model learns, and the file that it is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training.lora import (
    TARGETS,
    AdapterError,
    LayerEffect,
    adapter_weights,
    add_adapters,
    layer_effects,
    load_adapters,
    save_adapters,
    without_adapters,
)
from training.model.wan import WanTransformer
from training.trainer.settings import TuneSettings


@dataclass(frozen=True)
class Tuned:
    """``learns``: by name, in the order of the model; all of it is float32. ``before``: where they were to be remembered, in full
    tuning, the weights of the layers that would have adapters, as they were at first, on the processor."""

    model: WanTransformer
    adapters: bool
    learns: dict[str, nn.Parameter]
    before: dict[str, Tensor]

    def save(self, file: Path) -> None:
        """Adapters, or every weight under diffusers' names."""
        if self.adapters:
            save_adapters(adapter_weights(self.model), file)
        else:
            weights = {name: value.detach().cpu().contiguous() for name, value in self.model.state_dict().items()}
            save_file(weights, file, metadata={"format": "pt"})

    def load(self, file: Path) -> None:
        """What ``save`` wrote. Raises ``AdapterError``."""
        if self.adapters:
            load_adapters(self.model, file)
            return
        try:
            self.model.load_state_dict(load_file(file))
        except (SafetensorError, OSError, RuntimeError) as error:
            raise AdapterError(f"{file} does not hold this model's weights: {error}") from error

    @contextmanager
    def holding(self, values: dict[str, Tensor]) -> Iterator[None]:
        """With ``values`` in place of what was learnt, which comes back afterwards."""
        kept = {name: parameter.detach().clone() for name, parameter in self.learns.items()}
        _put(self.learns, values)
        try:
            yield
        finally:
            _put(self.learns, kept)

    def effects(self) -> tuple[LayerEffect, ...]:
        """Of the layers that have adapters, or would have them; in full tuning, of those that were remembered."""
        if self.adapters:
            return layer_effects(self.model)
        return tuple(
            LayerEffect(layer, _moved(self.learns[f"{layer}.weight"].detach(), first))
            for layer, first in self.before.items()
        )

    @contextmanager
    def untuned(self) -> Iterator[None]:
        """The model without its adapters; in full tuning, as it is."""
        with without_adapters(self.model) if self.adapters else nullcontext():
            yield


@torch.no_grad()
def _put(learns: dict[str, nn.Parameter], values: dict[str, Tensor]) -> None:
    for name, parameter in learns.items():
        parameter.copy_(values[name])


def _weights_of_layers(model: WanTransformer) -> dict[str, Tensor]:
    layers = ((name, layer) for name, layer in model.named_modules() if TARGETS.fullmatch(name))
    return {name: layer.weight.detach().to("cpu", copy=True) for name, layer in layers}


def _moved(weight: Tensor, first: Tensor) -> float:
    base = first.to(weight.device, torch.float32)
    return float((weight - base).norm() / base.norm())


def tune(model: WanTransformer, settings: TuneSettings, seed: int, remember: bool = False) -> Tuned:
    """``model`` itself, made ready to learn. ``remember``: what ``Tuned.effects`` needs. Raises ``AdapterError`` for a file to
    start from that does not fit."""
    before: dict[str, Tensor] = {}
    if settings.how == "lora":
        add_adapters(model, settings.rank, seed)
        if settings.start:
            load_adapters(model, Path(settings.start))
    else:
        if settings.start:
            raise AdapterError("tune.start names adapters, and tune.how 'full' has none: merge them first")
        before = _weights_of_layers(model) if remember else {}
        model.to(torch.float32).requires_grad_(True)
    model.gradient_checkpointing = settings.recompute
    model.train()
    learns = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    if any(parameter.dtype != torch.float32 for parameter in learns.values()):
        raise TypeError("what learns must be float32")
    return Tuned(model, settings.how == "lora", learns, before)
