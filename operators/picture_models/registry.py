"""Which picture models the settings of scan ask for, and having them loaded once in a process."""

from __future__ import annotations

from functools import cache

from operators.embedders.choice import EmbedderChoice
from operators.picture_models.protocol import Device, ModelChoice, PictureModel
from operators.scan import ScanSettings
from operators.scores.learned.aesthetics_choice import AestheticsChoice
from operators.scores.learned.classifier_choice import ClassifierChoice


def chosen_models(settings: ScanSettings) -> tuple[ModelChoice, ...]:
    """In a fixed order, the embedder first; empty for the defaults."""
    chosen: list[ModelChoice] = []
    if settings.embedder != "layout":
        chosen.append(EmbedderChoice(settings.embedder, settings.embedder_weights))
    if settings.aesthetics.predictor != "none":
        chosen.append(AestheticsChoice(settings.aesthetics))
    chosen += map(ClassifierChoice, settings.classifiers)
    return tuple(chosen)


def load_models(settings: ScanSettings) -> tuple[PictureModel, ...]:
    """Loaded for these settings, in the order of ``chosen_models``. Raises ``WeightsError``."""
    return tuple(_loaded(choice, settings.device) for choice in chosen_models(settings))


@cache
def _loaded(choice: ModelChoice, device: Device) -> PictureModel:
    return choice.load(device)
