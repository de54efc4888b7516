"""Loading Wan's transformer, from a hub id or a folder, as diffusers or as Wan's authors store it. Only safetensors are read.

A folder is diffusers' pipeline (with ``transformer/`` in it), its ``transformer`` folder, or the authors' release
(``Wan-AI/Wan2.1-T2V-1.3B``), told apart by ``config.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from training.model.part_digest import part_digest
from training.model.release import CheckpointError, find_release
from training.model.wan import KEPT_IN_FLOAT32, WanConfig, WanTransformer

_HUB_FILES = ("transformer/*.json", "transformer/*.safetensors", "config.json", "diffusion_pytorch_model*.safetensors")
_MAX_CONFIG_BYTES = 1 << 20


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _DiffusersConfig(_Stored):
    num_attention_heads: int = Field(ge=1)
    attention_head_dim: int = Field(ge=4, multiple_of=2)
    in_channels: int = Field(ge=1)
    out_channels: int | None = None
    text_dim: int = Field(ge=1)
    freq_dim: int = Field(ge=2)
    ffn_dim: int = Field(ge=1)
    num_layers: int = Field(ge=1)
    patch_size: tuple[int, int, int] = (1, 2, 2)
    cross_attn_norm: bool = True
    eps: float = 1e-6
    image_dim: int | None = None
    added_kv_proj_dim: int | None = None

    def wan(self) -> WanConfig:
        if self.image_dim or self.added_kv_proj_dim or self.out_channels not in (None, self.in_channels):
            raise CheckpointError("it is conditioned on images; only text-to-video models of Wan2.1 are read")
        return WanConfig(
            heads=self.num_attention_heads,
            head_width=self.attention_head_dim,
            channels=self.in_channels,
            text_width=self.text_dim,
            time_width=self.freq_dim,
            ffn_width=self.ffn_dim,
            layers=self.num_layers,
            patch=self.patch_size,
            cross_norm=self.cross_attn_norm,
            eps=self.eps,
        )


class _AuthorsConfig(_Stored):
    model_type: str
    dim: int = Field(ge=1)
    ffn_dim: int = Field(ge=1)
    freq_dim: int = Field(ge=2)
    in_dim: int = Field(ge=1)
    num_heads: int = Field(ge=1)
    num_layers: int = Field(ge=1)
    text_dim: int = 4096
    eps: float = 1e-6

    def wan(self) -> WanConfig:
        if self.model_type != "t2v":
            raise CheckpointError(f"it is a {self.model_type} model; only text-to-video models of Wan2.1 are read")
        return WanConfig(
            heads=self.num_heads,
            head_width=self.dim // self.num_heads,
            channels=self.in_dim,
            text_width=self.text_dim,
            time_width=self.freq_dim,
            ffn_width=self.ffn_dim,
            layers=self.num_layers,
            eps=self.eps,
        )


@dataclass(frozen=True)
class LoadedTransformer:
    """``revision``: the commit on the hub, empty for a folder."""

    model: WanTransformer
    folder: Path
    revision: str

    def identity(self) -> str:
        """The commit, or a digest of the folder's files."""
        return self.revision or part_digest(self.folder)


def load_transformer(source: str, revision: str, dtype: torch.dtype) -> LoadedTransformer:
    """``source``: a folder or a hub id; ``revision`` is of the hub id. Weights of ``KEPT_IN_FLOAT32`` stay in float32. Raises
    ``CheckpointError``."""
    release = find_release(source, revision, _HUB_FILES)
    inner = release.folder / "transformer"
    folder = inner if (inner / "config.json").exists() else release.folder
    try:
        config, authors = _read_config(folder)
        weights = _read_weights(folder)
        with torch.device("meta"):
            model = WanTransformer(config)
        _fill(model, _renamed(weights) if authors else weights)
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from error
    return LoadedTransformer(cast_weights(model, dtype), folder, release.commit)


def load_config(source: str, revision: str) -> WanConfig:
    """Of the transformer of a release, without its weights. Raises ``CheckpointError``."""
    release = find_release(source, revision, ("transformer/config.json", "config.json"))
    inner = release.folder / "transformer"
    folder = inner if (inner / "config.json").exists() else release.folder
    try:
        return _read_config(folder)[0]
    except CheckpointError as error:
        raise CheckpointError(f"{folder}: {error}") from error


def cast_weights(model: WanTransformer, dtype: torch.dtype) -> WanTransformer:
    """``model`` itself, its weights in ``dtype`` but for those of ``KEPT_IN_FLOAT32``."""
    for name, parameter in model.named_parameters():
        kept = any(part in name.split(".") for part in KEPT_IN_FLOAT32)
        parameter.data = parameter.data.to(torch.float32 if kept else dtype)
    return model


def _read_config(folder: Path) -> tuple[WanConfig, bool]:
    """The config, and whether it is the authors' own."""
    file = folder / "config.json"
    if not file.is_file() or file.stat().st_size > _MAX_CONFIG_BYTES:
        raise CheckpointError("there is no config.json, or it is larger than one can be")
    try:
        values: Any = json.loads(file.read_text("utf-8"))
        if not isinstance(values, dict):
            raise CheckpointError("config.json holds no settings")
        if "num_attention_heads" in values:
            return _DiffusersConfig.model_validate(values).wan(), False
        return _AuthorsConfig.model_validate(values).wan(), True
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"config.json is not that of a Wan transformer: {error}") from error


def _read_weights(folder: Path) -> dict[str, Tensor]:
    files = sorted(folder.glob("diffusion_pytorch_model*.safetensors"))
    if not files:
        raise CheckpointError("there is no diffusion_pytorch_model*.safetensors; other formats are not read")
    weights: dict[str, Tensor] = {}
    for file in files:
        try:
            # Copied, since a file's tensors lie where its header ends, and products differ by where their factors lie in memory.
            weights.update({name: stored.clone() for name, stored in load_file(file).items()})
        except (SafetensorError, OSError) as error:
            raise CheckpointError(f"{file.name} cannot be read: {error}") from error
    return weights


def _renamed(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers

    renamed: dict[str, Tensor] = convert_wan_transformer_to_diffusers(dict(weights))
    return renamed


def _fill(model: WanTransformer, weights: Mapping[str, Tensor]) -> None:
    wanted = model.state_dict()
    missing, more = sorted(wanted.keys() - weights.keys()), sorted(weights.keys() - wanted.keys())
    if missing or more:
        raise CheckpointError(f"{len(missing)} weights are missing {missing[:3]}, {len(more)} are unknown {more[:3]}")
    for name, stored in weights.items():
        if stored.shape != wanted[name].shape:
            raise CheckpointError(
                f"{name} has shape {tuple(stored.shape)}, config.json wants {tuple(wanted[name].shape)}"
            )
    model.load_state_dict(weights, assign=True)
