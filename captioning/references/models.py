"""The models that reference images are made with, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from captioning.references.boxes import FoundBox
from captioning.references.phrase import Phrase
from captioning.references.settings import ReferenceSettings
from formats.clip_record import Model
from formats.film_scan import PictureBox
from operators.embedders.choice import EmbedderChoice
from operators.picture_models.protocol import Device, Picture, PictureModel
from operators.picture_models.weights import Weights, WeightsSettings, find_weights


class Detector(Protocol):
    @property
    def model(self) -> Model: ...

    def find(self, asked: Sequence[tuple[Picture, Phrase]]) -> list[tuple[FoundBox, ...]]:
        """For each phrase its boxes in its picture, the surest first, inside it and not empty. One batch: pictures of one size."""
        ...


class Segmenter(Protocol):
    @property
    def model(self) -> Model: ...

    def mask(self, picture: Picture, box: PictureBox) -> NDArray[np.bool_]:
        """``(H, W)`` of the picture: where what the box is around is."""
        ...


@dataclass(frozen=True)
class ReferenceModels:
    detector: Detector
    segmenter: Segmenter | None = None
    embedder: PictureModel | None = None

    @property
    def models(self) -> tuple[Model, ...]:
        chosen = (self.detector, self.segmenter, self.embedder)
        return tuple(each.model for each in chosen if each is not None)


@dataclass(frozen=True)
class _Source:
    source: str
    license: str


DETECTOR_SOURCE = _Source("IDEA-Research/grounding-dino-base", "Apache-2.0")
SEGMENTER_SOURCE = _Source("facebook/sam2.1-hiera-large", "Apache-2.0")


def open_reference_models(settings: ReferenceSettings, device: Device) -> ReferenceModels:
    """Finds or downloads, and loads. Raises ``WeightsError``, and ``ValueError`` for a device that is not there."""
    from captioning.references.grounding_dino import GroundingDino

    weights, model = _chosen("detector", DETECTOR_SOURCE, settings.detector_weights)
    detector = GroundingDino(weights, model, settings.min_confidence, device)
    embedder = None
    if settings.embedder != "none":
        embedder = EmbedderChoice(settings.embedder, settings.embedder_weights).load(device)
    if settings.segmenter == "none":
        return ReferenceModels(detector, None, embedder)
    from captioning.references.sam2 import Sam2

    segmenter = Sam2(*_chosen("segmenter", SEGMENTER_SOURCE, settings.segmenter_weights), device)
    return ReferenceModels(detector, segmenter, embedder)


def _chosen(role: str, own: _Source, given: WeightsSettings) -> tuple[Weights, Model]:
    """The license is that of the published weights; of others what the settings say, or ``unknown``."""
    weights = find_weights(given.source or own.source, given.revision or "main")
    terms = own.license if given.source in ("", own.source) else given.license or "unknown"
    return weights, Model(role=role, id=weights.id, revision=weights.revision, license=terms)
