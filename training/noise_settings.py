"""How much noise is trained on: the section ``noise`` of a configuration."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class NoiseSettings(BaseModel):
    """How much noise is trained on, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shift: float = Field(3.0, gt=0, le=100, description="how far sigma is moved towards noise; 1: not at all")
    mean: float = Field(0.0, ge=-10, le=10, description="of the normal whose logistic sigma is, before the shift")
    spread: float = Field(1.0, gt=0, le=10, description="standard deviation of that normal")
