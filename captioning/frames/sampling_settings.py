"""How many pictures a model is shown of a shot and of a clip, and how large."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

PATCH_SIDE = 28
"""Pixels on a side of what costs one token in Qwen2-VL and Qwen2.5-VL: 2 x 2 merged patches of 14 pixels."""


class SamplingSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures_per_shot: int = Field(
        6, ge=1, le=64, description="pictures that a model is shown of one shot; a shot with fewer frames gives fewer"
    )
    pictures_per_clip: int = Field(
        16,
        ge=1,
        le=256,
        description="pictures in a question about the whole clip, shared out among its shots, whatever the clip's length",
    )
    picture_tokens: int = Field(
        256,
        ge=4,
        le=4096,
        description="most tokens of one picture, at 28x28 pixels a token as Qwen2.5-VL counts them; sets its size",
    )
    edge_seconds: float = Field(
        0.2, ge=0, le=5, description="no picture nearer than this to a shot's edge, or than a tenth of a shorter shot"
    )
    jpeg_quality: int = Field(90, ge=50, le=100, description="of the pictures as they are sent")
