"""Settings of reference images."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from operators.picture_models.weights import WeightsSettings

DetectorName = Literal["none", "grounding-dino"]
SegmenterName = Literal["none", "sam2"]
LikenessName = Literal["none", "dinov2", "siglip2", "clip"]


class ReferenceSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: DetectorName = Field(
        "none",
        description="gives every subject of a clip a reference image, out of the box that Grounding DINO finds by its name and "
        "description; 'none': no reference images, and no place for them in the shards",
    )
    detector_weights: WeightsSettings = WeightsSettings()
    detector_batch: int = Field(
        4,
        ge=1,
        le=1024,
        description="how many searches of a picture for a subject are one pass of the detector; more want more of the GPU's memory",
    )
    segmenter: SegmenterName = Field("none", description="'sam2': a mask beside every reference image, by SAM 2")
    segmenter_weights: WeightsSettings = WeightsSettings()
    embedder: LikenessName = Field(
        "none",
        description="compares what is found of a subject over its shots, so that its image is of whom the others show too, and "
        "what is found of two subjects, which may be one",
    )
    embedder_weights: WeightsSettings = WeightsSettings()
    same_subject: float | None = Field(
        0.9,
        ge=0,
        le=1,
        description="with an embedder: two subjects that act in no shot together are one where the mean cosine of what is found of "
        "them is at least this, and nothing else speaks against it; null: no two subjects are found to be one, not even in one box",
    )
    pictures_per_shot: int = Field(4, ge=1, le=32, description="frames of a shot in which its subjects are looked for")
    pictures_per_entity: int = Field(
        8, ge=1, le=256, description="most frames in which one subject is looked for, over all shots of a clip"
    )
    edge_seconds: float = Field(
        0.2, ge=0, le=5, description="no frame nearer than this to a shot's edge, or than a tenth of a shorter shot"
    )
    min_confidence: float = Field(
        0.25,
        ge=0,
        le=1,
        description="a box counts where the detector is at least so sure of the name or the description",
    )
    min_side: int = Field(
        64, ge=4, le=4096, description="a box with a shorter side, in pixels of the clip, is left out"
    )
    longest_side: int = Field(
        512,
        ge=32,
        le=4096,
        description="a larger reference image is scaled down until its longer side has so many pixels",
    )

    @model_validator(mode="after")
    def _boxes_first(self) -> Self:
        if self.detector == "none" and (self.segmenter, self.embedder) != ("none", "none"):
            raise ValueError(
                "captions.references.segmenter and embedder look at what a detector found: choose a detector too"
            )
        return self
