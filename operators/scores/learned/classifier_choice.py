"""Image classifiers by hub id or folder: what is shown (a watermark, what is not safe for work) as scores of fragments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from formats.clip_record import Model
from operators.picture_models.protocol import Device, PictureModel
from operators.picture_models.weights import find_weights
from operators.scores.score import Score

PREFIX: Final = "classifier."


class ClassifierSettings(BaseModel):
    """A ``transformers`` image classifier. Its scores are called ``classifier.NAME.LABEL``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9_]+$", description="what its scores are called by, such as nsfw")
    source: str = Field(min_length=1, description="a hub id, or a folder on every machine")
    revision: str = Field("main", description="a commit, tag or branch of the hub id")
    license: str = Field("unknown", description="of the weights; it goes into the record and the card")
    labels: tuple[str, ...] = Field(min_length=1, description="the model's own labels whose probabilities are scores")


def score_name(classifier: str, label: str) -> str:
    """``classifier.nsfw.not_safe`` for the label "Not safe!"."""
    slug = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return f"{PREFIX}{classifier}.{slug or 'label'}"


def classifier_score(name: str) -> Score:
    """What a score called ``name`` is. Raises ``KeyError`` if it is no classifier's."""
    if not re.fullmatch(rf"{re.escape(PREFIX)}[a-z0-9_]+\.[a-z0-9_]+", name):
        raise KeyError(name)
    return Score(
        name=name,
        method="image-classifier/1",
        unit="probability",
        low=0.0,
        high=1.0,
        rule="max",
        source="the image classifier that the settings name",
        meaning="mean over a fragment's first, middle and last picture; of a clip, that of its worst fragment",
    )


@dataclass(frozen=True)
class ClassifierChoice:
    settings: ClassifierSettings

    @property
    def model(self) -> Model:
        weights = find_weights(self.settings.source, self.settings.revision)
        return Model(
            role="score",
            id=f"{PREFIX}{self.settings.name}:{weights.id}",
            revision=weights.revision,
            license=self.settings.license,
        )

    def load(self, device: Device) -> PictureModel:
        from operators.scores.learned.image_classifier import ImageClassifier

        weights = find_weights(self.settings.source, self.settings.revision)
        return ImageClassifier(self.settings, weights, self.model, device)
