"""Low-rank adapters (Hu et al., arXiv 2106.09685), through ``peft``, and the files they travel in.

Adapters are float32 over a base of any type, and only they learn. Alpha equals the rank, so that the scale is 1 and a reader that
loses alpha on the way changes nothing. Files are safetensors under diffusers' names or the Wan authors'.

In a stock pipeline an adapter runs without shot masks and without times of events; the file says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from training.trainer.settings import LARGEST_RANK

ADAPTER = "default"
TARGETS = re.compile(r"blocks\.\d+\.(attn[12]\.(to_q|to_k|to_v|to_out\.0)|ffn\.net\.(0\.proj|2))")
"""q, k, v and o of both attentions and the two layers of the feed-forward network, as CineTrans has it."""

_PREFIX = "transformer."
_AUTHORS_PREFIX = "diffusion_model."
_AUTHORS_NAMES = (
    ("attn1.to_out.0", "self_attn.o"),
    ("attn2.to_out.0", "cross_attn.o"),
    ("attn1.to_", "self_attn."),
    ("attn2.to_", "cross_attn."),
    ("ffn.net.0.proj", "ffn.0"),
    ("ffn.net.2", "ffn.2"),
)
_NOTE = "Trained with shot masks and timed events; in a pipeline that knows neither, it runs without them."


class AdapterError(ValueError):
    """A file that holds no adapter for this model; the text says why."""


@dataclass(frozen=True)
class LayerEffect:
    """How far tuning moved a layer: the Frobenius norm of the change over that of the weight."""

    layer: str
    ratio: float


def add_adapters(model: nn.Module, rank: int, seed: int) -> None:
    """Puts adapters on every layer of ``TARGETS`` in place and freezes all else. They change nothing yet: B is 0."""
    model.requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = LoraConfig(
            r=rank, lora_alpha=rank, target_modules=TARGETS.pattern, init_lora_weights=True, bias="none"
        )
        inject_adapter_in_model(config, model, adapter_name=ADAPTER)
    for _, layer in adapter_layers(model):
        for matrix in (layer.lora_A[ADAPTER], layer.lora_B[ADAPTER]):
            matrix.to(torch.float32)
            matrix.requires_grad_(True)


def adapter_layers(model: nn.Module) -> Iterator[tuple[str, LoraLayer]]:
    """Names as in the model without adapters."""
    return ((name, module) for name, module in model.named_modules() if isinstance(module, LoraLayer))


def adapter_weights(model: nn.Module) -> dict[str, Tensor]:
    """Under diffusers' names: ``transformer.blocks.0.attn1.to_q.lora_A.weight``, float32, on the processor."""
    return {
        f"{_PREFIX}{name}.lora_{side}.weight": matrix.weight.detach().float().cpu().contiguous()
        for name, layer in adapter_layers(model)
        for side, matrix in (("A", layer.lora_A[ADAPTER]), ("B", layer.lora_B[ADAPTER]))
    }


def in_authors_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``adapter_weights`` as the Wan authors name layers: ``diffusion_model.blocks.0.self_attn.q.lora_A.weight``."""
    return {_authors_name(name): value for name, value in weights.items()}


def _authors_name(name: str) -> str:
    for ours, theirs in _AUTHORS_NAMES:
        name = name.replace(ours, theirs)
    return _AUTHORS_PREFIX + name.removeprefix(_PREFIX)


def save_adapters(weights: Mapping[str, Tensor], file: Path) -> None:
    save_file(dict(weights), file, metadata={"format": "pt", "note": _NOTE})


def add_adapters_of(model: nn.Module, file: Path) -> None:
    """Adapters as in ``file``, of its rank, in a model that has none. Raises ``AdapterError``."""
    matrices = [value for name, value in _stored(file).items() if name.endswith(".lora_A.weight")]
    ranks = {value.shape[0] if value.ndim == 2 else 0 for value in matrices}
    if len(ranks) != 1 or not 1 <= min(ranks) <= LARGEST_RANK:
        raise AdapterError(
            f"{file}: its adapters have ranks {sorted(ranks)}; one rank for all is read, {LARGEST_RANK} at most"
        )
    add_adapters(model, ranks.pop(), seed=0)
    load_adapters(model, file)


def _stored(file: Path) -> dict[str, Tensor]:
    try:
        stored = load_file(file)
    except (SafetensorError, OSError) as error:
        raise AdapterError(f"{file} cannot be read: {error}") from error
    return {_diffusers_name(name): value for name, value in stored.items()}


def load_adapters(model: nn.Module, file: Path) -> None:
    """Into a model that has adapters, from a file in either naming; a file's alphas are folded into B. Raises ``AdapterError``."""
    found = _folded(_stored(file), file)
    wanted = adapter_weights(model)
    missing, more = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    if missing or more:
        raise AdapterError(f"{file}: {len(missing)} weights are missing {missing[:2]}, {len(more)} unknown {more[:2]}")
    for name, layer in adapter_layers(model):
        for side, matrix in (("A", layer.lora_A[ADAPTER]), ("B", layer.lora_B[ADAPTER])):
            value = found[f"{_PREFIX}{name}.lora_{side}.weight"]
            if value.shape != matrix.weight.shape:
                raise AdapterError(
                    f"{file}: {name} has shape {tuple(value.shape)}, this model's adapters {tuple(matrix.weight.shape)}; "
                    "set the rank to that of the file"
                )
            with torch.no_grad():
                matrix.weight.copy_(value)


def _diffusers_name(name: str) -> str:
    if not name.startswith(_AUTHORS_PREFIX):
        return name
    name = name.removeprefix(_AUTHORS_PREFIX)
    for ours, theirs in _AUTHORS_NAMES:
        name = name.replace(theirs, ours)
    return _PREFIX + name


def _folded(weights: dict[str, Tensor], file: Path) -> dict[str, Tensor]:
    for name in [name for name in weights if name.endswith(".alpha")]:
        layer, alpha = name.removesuffix(".alpha"), weights.pop(name)
        a, b = weights.get(f"{layer}.lora_A.weight"), weights.get(f"{layer}.lora_B.weight")
        if a is None or b is None:
            raise AdapterError(f"{file}: an alpha of {layer}, which has no adapter")
        if alpha.numel() != 1 or not torch.isfinite(alpha).all() or a.ndim != 2 or len(a) == 0:
            raise AdapterError(f"{file}: the alpha or the adapter of {layer} is none")
        weights[f"{layer}.lora_B.weight"] = b * (float(alpha) / len(a))
    return weights


def merged_weights(model: nn.Module) -> dict[str, Tensor]:
    """The whole model under its names without adapters, each base weight with its adapter's change added in float32 and stored in
    the base's type."""
    changes = {name: _change(layer) for name, layer in adapter_layers(model)}
    out: dict[str, Tensor] = {}
    for name, value in model.state_dict().items():
        if ".lora_A." in name or ".lora_B." in name:
            continue
        plain = name.replace(".base_layer.", ".")
        layer = plain.removesuffix(".weight")
        whole = (value.float() + changes[layer]).to(value.dtype) if layer in changes and plain != layer else value
        out[plain] = whole.detach().cpu().contiguous()
    return out


def _change(layer: LoraLayer) -> Tensor:
    a, b = layer.lora_A[ADAPTER].weight.detach(), layer.lora_B[ADAPTER].weight.detach()
    change: Tensor = layer.scaling[ADAPTER] * (b @ a)
    return change


def layer_effects(model: nn.Module) -> tuple[LayerEffect, ...]:
    """Of adapters."""
    return tuple(
        LayerEffect(name, float(_change(layer).norm() / layer.get_base_layer().weight.detach().float().norm()))
        for name, layer in adapter_layers(model)
    )


@contextmanager
def without_adapters(model: nn.Module) -> Iterator[None]:
    """The base model alone."""
    for _, layer in adapter_layers(model):
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for _, layer in adapter_layers(model):
            layer.enable_adapters(True)
            for matrix in (layer.lora_A[ADAPTER], layer.lora_B[ADAPTER]):
                matrix.requires_grad_(True)
