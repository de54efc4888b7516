"""The embedders that can be chosen by name, beside the default ``layout``, which needs no model.

Revisions are branches, since no commit could be looked up when this was written; the record and the fingerprint hold the
commit that they named when they were used. Pin one with ``scan.embedder_weights.revision``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.clip_record import Model
from operators.picture_models.protocol import Device, PictureModel
from operators.picture_models.weights import Weights, WeightsSettings, find_weights

EmbedderName = Literal["layout", "imagebind", "siglip2", "clip", "dinov2"]


@dataclass(frozen=True)
class EmbedderSource:
    """``license``: of the weights. ``revision`` is empty for a file at a plain address."""

    source: str
    revision: str
    license: str
    share_alike: bool = False


_IMAGEBIND = "https://dl.fbaipublicfiles.com/imagebind/imagebind_huge.pth"

SOURCES: dict[str, EmbedderSource] = {
    "imagebind": EmbedderSource(_IMAGEBIND, "", "CC-BY-NC-SA-4.0", share_alike=True),
    "siglip2": EmbedderSource("google/siglip2-base-patch16-224", "main", "Apache-2.0"),
    "clip": EmbedderSource("openai/clip-vit-large-patch14", "main", "MIT"),
    "dinov2": EmbedderSource("facebook/dinov2-base", "main", "Apache-2.0"),
}


@dataclass(frozen=True)
class EmbedderChoice:
    """A learned embedder as the settings ask for it."""

    name: str
    settings: WeightsSettings

    @property
    def model(self) -> Model:
        """The license is that of the name's own weights. Of others it is what the settings say, or ``unknown``: their
        owner knows it; but whatever was made from share-alike weights has their license."""
        own, weights = SOURCES[self.name], self.weights()
        known = own.share_alike or self.settings.source in ("", own.source)
        return Model(
            role="embedder",
            id=f"{self.name}:{weights.id}",
            revision=weights.revision,
            license=own.license if known else self.settings.license or "unknown",
        )

    def load(self, device: Device) -> PictureModel:
        weights = self.weights()
        if self.name == "imagebind":
            from operators.embedders.imagebind import ImageBind

            return ImageBind(weights, self.model, device)
        from operators.embedders.transformer_embedder import TransformerEmbedder

        return TransformerEmbedder(self.name, weights, self.model, device)

    def weights(self) -> Weights:
        """Found or downloaded. Raises ``WeightsError``."""
        own = SOURCES[self.name]
        if self.settings.source:
            return find_weights(self.settings.source, self.settings.revision or "main")
        return find_weights(own.source, self.settings.revision or own.revision)
