"""What a run will need, before it is begun. Heuristics: counted from the model's form, not measured."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch

from training.data.buckets import Bucket
from training.latent_mapping import latents_of
from training.lora import TARGETS
from training.model.wan import WanConfig, WanTransformer
from training.settings import TrainingSettings
from training.trainer.settings import TuneSettings

_SPATIAL = 8
_TEXT_TOKENS = 512
_FLOAT32 = 4


@dataclass(frozen=True)
class ModelSize:
    """Numbers of weights, and how many bytes they take together."""

    weights: int
    learning: int
    bytes: int


@dataclass(frozen=True)
class BucketCost:
    """Of a micro-batch of ``bucket``: video tokens of a sample, floating-point operations, and bytes on the device beside the
    model's. Without shot masks, which make it less."""

    bucket: Bucket
    tokens: int
    operations: float
    bytes: int


def model_size(config: WanConfig, settings: TrainingSettings) -> ModelSize:
    with torch.device("meta"):
        model = WanTransformer(config)
    weights = sum(parameter.numel() for parameter in model.parameters())
    if settings.tune.how == "full":
        return ModelSize(weights, weights, weights * _FLOAT32)
    layers = [module for name, module in model.named_modules() if TARGETS.fullmatch(name)]
    learning = settings.tune.rank * sum(sum(layer.weight.shape) for layer in layers)
    each = 2 if settings.model.dtype == "bfloat16" else _FLOAT32
    return ModelSize(weights, learning, weights * each + learning * _FLOAT32)


def kept_bytes(size: ModelSize, settings: TrainingSettings) -> int:
    """Of what learns, the optimizer's state and the moving average: a checkpoint's. On the device gradients take the place of what
    learns, which is among the weights there."""
    state = 2 if settings.optimizer.kind == "adamw8bit" else 2 * _FLOAT32
    average = _FLOAT32 if settings.optimizer.ema else 0
    return size.learning * (_FLOAT32 + state + average)


def bucket_cost(config: WanConfig, bucket: Bucket, settings: TrainingSettings) -> BucketCost:
    frames, rows, columns = latents_of(bucket.frames), bucket.height // _SPATIAL, bucket.width // _SPATIAL
    tokens = frames * rows * columns // prod(config.patch)
    each = 2 if settings.model.dtype == "bfloat16" else _FLOAT32
    kept = 3 * tokens * config.width * each * config.layers
    block = tokens * (24 * config.width + 4 * config.ffn_width) * each
    held = kept + block if settings.tune.recompute else block * config.layers
    operations = bucket.batch * step_operations(config, tokens, settings.tune)
    return BucketCost(bucket, tokens, operations, bucket.batch * held)


def step_operations(config: WanConfig, tokens: int, tune: TuneSettings, kept: float = 1.0) -> float:
    """Of a sample of ``tokens``, of whose scores of video with video the share ``kept`` is computed. Linear layers once forward,
    once for what lies before them, once again where blocks are computed again, once more for weights that learn; attention once
    forward and 2.5 times back."""
    width = config.width
    linear = 12 * tokens * width**2 + 4 * tokens * width * config.ffn_width + 4 * _TEXT_TOKENS * width**2
    attention = 4 * tokens * (kept * tokens + _TEXT_TOKENS) * width
    passes = 2 + tune.recompute + (tune.how == "full")
    return config.layers * (passes * linear + 3.5 * attention)
