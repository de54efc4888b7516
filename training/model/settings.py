"""Which model, and how it is told of shots and times: the sections ``model`` and ``attention`` of a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from training.model.sample_plan import PUBLISHED_MASKED_LAYERS, MaskedAttention, PlanSettings, TimeMode

if TYPE_CHECKING:
    import torch


def _off_of_yaml(value: object) -> object:
    """YAML reads a bare ``off`` as false."""
    return "off" if value is False else value


class ModelSettings(BaseModel):
    """The section ``model``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        min_length=1,
        description="a Wan2.1 text-to-video release for diffusers: hub id or folder",
    )
    revision: str = Field("", description="of the hub id; empty: main")
    dtype: Literal["bfloat16", "float32"] = Field(
        "bfloat16", description="in which the frozen weights are held and most is computed"
    )

    @property
    def torch_dtype(self) -> torch.dtype:
        import torch

        return torch.bfloat16 if self.dtype == "bfloat16" else torch.float32


class AttentionSettings(BaseModel):
    """The section ``attention``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    masked_layers: tuple[int, int] | None = Field(
        PUBLISHED_MASKED_LAYERS, description="first and last layer that keep shots apart, from 0; null: none"
    )
    masked: MaskedAttention = Field(
        "both",
        description="what is kept apart there: video (shots see themselves), text (and only their words), or both",
    )
    first_frame: bool = Field(True, description="whether every shot sees the first latent in masked layers")
    time: Annotated[TimeMode, BeforeValidator(_off_of_yaml)] = Field(
        "off", description="how events are placed in time: sampled, integrated, centre; off: not at all"
    )
    theta: float = Field(100.0, gt=1, le=1e6, description="base of the time axis of cross-attention")
    alpha: float = Field(1.0, ge=0, le=1, description="share of the angles of cross-attention that is used")

    @model_validator(mode="after")
    def _rising(self) -> AttentionSettings:
        if self.masked_layers is not None and not 0 <= self.masked_layers[0] <= self.masked_layers[1]:
            raise ValueError(f"masked_layers are the first and the last, from 0, got {list(self.masked_layers)}")
        return self

    @property
    def plan(self) -> PlanSettings:
        return PlanSettings(
            masked_layers=self.masked_layers,
            masked=self.masked,
            first_frame=self.first_frame,
            time=self.time,
            theta=self.theta,
            alpha=self.alpha,
        )
