"""How a model is tuned: the sections of a configuration that the trainer reads."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from training.model.settings import AttentionSettings, ModelSettings
from training.noise_settings import NoiseSettings

Schedule = Literal["constant", "cosine"]

PUBLISHED_RANK = 64
"""CineTrans's."""
LARGEST_RANK = 1024


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TuneSettings(_Section):
    """The section ``tune``: what learns."""

    how: Literal["lora", "full"] = Field(
        "lora",
        description="lora: adapters over the frozen model; full: every weight, in float32, all of it on each device",
    )
    rank: int = Field(PUBLISHED_RANK, ge=1, le=LARGEST_RANK, description="of the adapters; not read with full")
    start: str = Field(
        "", description="an adapter file (.safetensors) to start from, of the same rank; empty: new ones"
    )
    recompute: bool = Field(
        True, description="gradient checkpointing: less memory, all but attention is computed twice"
    )


class OptimizerSettings(_Section):
    """The section ``optimizer``."""

    kind: Literal["adamw", "adamw8bit"] = Field(
        "adamw", description="adamw8bit: its state in 8 bits, by the library bitsandbytes"
    )
    rate: float = Field(1e-4, gt=0, le=1, description="learning rate after warm-up")
    warmup: int = Field(100, ge=0, description="steps over which the rate rises from 0")
    schedule: Schedule = Field("constant", description="after warm-up; cosine falls to 0 at the last step")
    betas: tuple[float, float] = Field((0.9, 0.999), description="decay of the means of gradients and of their squares")
    eps: float = Field(1e-8, gt=0, le=1, description="added to the root of the mean square, against division by 0")
    weight_decay: float = Field(0.0, ge=0, le=1, description="per step and unit of rate")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient; longer ones are shortened to it")
    ema: float = Field(
        0.0, ge=0, lt=1, description="decay of the moving average of what learns, per step; 0: none is kept"
    )


class RunSettings(_Section):
    """The section ``run``."""

    seed: int = Field(0, ge=0, lt=2**63, description="of everything random")
    steps: int = Field(2800, ge=1, description="steps of the optimizer at most")
    epochs: int = Field(1, ge=1, description="rounds through the corpora at most; what comes first ends the run")
    group: int = Field(1, ge=1, le=65536, description="micro-batches of a step, shared by all processes")


class CheckpointSettings(_Section):
    """The section ``checkpoints``."""

    every: int = Field(100, ge=1, description="steps; one is also made at the end")
    keep: int = Field(3, ge=1, description="so many of the last are kept")


class ValidationSettings(_Section):
    """The section ``validation``, on sources that are not trained on."""

    every: int = Field(100, ge=1, description="steps; also before the first and after the last")
    samples: int = Field(16, ge=0, description="so many of the split validation; 0: none")
    quantiles: tuple[float, ...] = Field(
        (0.125, 0.375, 0.625, 0.875), description="of the noise that is trained on, at which the loss is taken"
    )
    timelines: tuple[str, ...] = Field((), description="files, as for `shotloom sample`, that are made into videos")
    size: str = Field("832x480", pattern=r"^[1-9][0-9]{1,3}x[1-9][0-9]{1,3}$", description="of these videos, in pixels")
    steps: int = Field(30, ge=1, le=1000, description="from noise to video")
    guidance: float = Field(5.0, ge=1, le=100, description="of these videos; 1 asks for no negative")

    @field_validator("size")
    @classmethod
    def _covered_by_patches(cls, size: str) -> str:
        if any(int(side) % 16 for side in size.split("x")):
            raise ValueError(f"width and height are multiples of 16, got {size}")
        return size


class LogSettings(_Section):
    """The section ``logs``. JSON lines are always written."""

    every: int = Field(1, ge=1, description="steps between lines on the terminal")
    tensorboard: bool = Field(True, description="also for TensorBoard")
    wandb: str = Field("", description="project at Weights & Biases to report to, by the library wandb; empty: none")


class TrainerSettings(_Section):
    """All but what is trained on."""

    model: ModelSettings = ModelSettings()
    attention: AttentionSettings = AttentionSettings()
    tune: TuneSettings = TuneSettings()
    noise: NoiseSettings = NoiseSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    run: RunSettings = RunSettings()
    checkpoints: CheckpointSettings = CheckpointSettings()
    validation: ValidationSettings = ValidationSettings()
    logs: LogSettings = LogSettings()
