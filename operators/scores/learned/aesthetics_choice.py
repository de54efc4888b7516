"""The aesthetics predictors that can be chosen by name, and where their weights come from.

Each is a small head on the embeddings of a published encoder. The record holds the head's sha256 and the encoder's commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from formats.clip_record import Model
from operators.picture_models.protocol import Device, PictureModel
from operators.picture_models.weights import Weights, WeightsSettings, find_weights
from operators.scores.score import Score

PredictorName = Literal["none", "laion", "siglip"]

AESTHETICS_LAION = Score(
    name="aesthetics_laion",
    method="laion-aesthetics/2",
    unit="points, about 1 to 10",
    low=None,
    high=None,
    rule="mean",
    source="christophschuhmann/improved-aesthetic-predictor (sac+logos+ava1-l14-linearMSE)",
    meaning="what people would give the picture, as a linear head on CLIP ViT-L/14 predicts; of the picture's middle square",
)
AESTHETICS_SIGLIP = Score(
    name="aesthetics_siglip",
    method="aesthetic-predictor/2.5",
    unit="points, about 1 to 10",
    low=None,
    high=None,
    rule="mean",
    source="discus0434/aesthetic-predictor-v2-5",
    meaning="the same by a linear head on SigLIP so400m; its author calls 5.5 and more great",
)


class AestheticsSettings(BaseModel):
    """Which predictor scores fragments, and other weights than its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predictor: PredictorName = Field(
        "none",
        description="laion: LAION's head on CLIP ViT-L/14 (Apache-2.0); siglip: version 2.5, on SigLIP so400m, whose head is "
        "AGPL-3.0; none: technical_quality stands alone",
    )
    head: WeightsSettings = WeightsSettings()
    encoder: WeightsSettings = WeightsSettings()


@dataclass(frozen=True)
class Predictor:
    """``encoder``: the class that ``TransformerEmbedder`` loads it as. ``layers``: the names of the head's linear layers
    in its checkpoint; between them lies nothing but dropout."""

    score: Score
    encoder: Literal["clip", "siglip2"]
    encoder_source: str
    encoder_license: str
    head_source: str
    head_license: str
    layers: tuple[str, ...]


PREDICTORS: dict[str, Predictor] = {
    "laion": Predictor(
        score=AESTHETICS_LAION,
        encoder="clip",
        encoder_source="openai/clip-vit-large-patch14",
        encoder_license="MIT",
        head_source="https://github.com/christophschuhmann/improved-aesthetic-predictor/raw/main/"
        "sac%2Blogos%2Bava1-l14-linearMSE.pth",
        head_license="Apache-2.0",
        layers=tuple(f"layers.{number}" for number in (0, 2, 4, 6, 7)),
    ),
    "siglip": Predictor(
        score=AESTHETICS_SIGLIP,
        encoder="siglip2",
        encoder_source="google/siglip-so400m-patch14-384",
        encoder_license="Apache-2.0",
        head_source="https://github.com/discus0434/aesthetic-predictor-v2-5/raw/"
        "3125a9e1f275092432ffc336f2908eda812c373c/models/aesthetic_predictor_v2_5.pth",
        head_license="AGPL-3.0",
        layers=tuple(f"scoring_head.{number}" for number in (0, 2, 4, 6, 8)),
    ),
}


@dataclass(frozen=True)
class AestheticsChoice:
    """A predictor as the settings ask for it."""

    settings: AestheticsSettings

    @property
    def model(self) -> Model:
        """Head and encoder in one: ids, revisions and licenses joined by ``+``."""
        own = PREDICTORS[self.settings.predictor]
        head, encoder = self._weights()
        licenses = (
            _license(self.settings.head, own.head_source, own.head_license),
            _license(self.settings.encoder, own.encoder_source, own.encoder_license),
        )
        return Model(
            role="score",
            id=f"{own.score.name}:{head.id}+{encoder.id}",
            revision=f"{head.revision}+{encoder.revision}",
            license="+".join(dict.fromkeys(licenses)),
        )

    def load(self, device: Device) -> PictureModel:
        from operators.embedders.transformer_embedder import TransformerEmbedder
        from operators.scores.learned.aesthetics_predictor import AestheticsPredictor, load_head

        own = PREDICTORS[self.settings.predictor]
        head, encoder = self._weights()
        embedder = TransformerEmbedder(own.encoder, encoder, self.model, device)
        return AestheticsPredictor(own.score.name, embedder, load_head(head, own.layers))

    def _weights(self) -> tuple[Weights, Weights]:
        own, settings = PREDICTORS[self.settings.predictor], self.settings
        head = find_weights(settings.head.source or own.head_source, settings.head.revision or "main")
        encoder = find_weights(settings.encoder.source or own.encoder_source, settings.encoder.revision or "main")
        return head, encoder


def _license(settings: WeightsSettings, own_source: str, own_license: str) -> str:
    """Of other weights than its own what the settings say: their owner knows it."""
    return own_license if settings.source in ("", own_source) else settings.license or "unknown"
