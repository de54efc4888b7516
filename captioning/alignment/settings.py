"""Settings of the score of words against pictures."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from operators.picture_models.weights import WeightsSettings

ALIGNMENT = "alignment"
"""Name of the score."""

AlignerName = Literal["none", "clip", "siglip2"]


class AlignmentSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scorer: AlignerName = Field(
        "none",
        description="gives every shot whose caption a model wrote the score 'alignment': how well words and pictures fit by CLIP "
        "or SigLIP 2; shards.min_alignment goes by it",
    )
    weights: WeightsSettings = WeightsSettings()
