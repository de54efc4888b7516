"""Whether a run may go on with a checkpoint: what shapes its result must be as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from training.trainer.settings import TrainerSettings

_FREE = (
    "checkpoints.",
    "validation.",
    "logs.",
    "tune.recompute",
    "tune.start",
    "data.corpora",
    "data.cache",
    "data.ahead",
    "data.corrupt.",
)
"""What may change: it shapes no weight, or (corpora) it is held to by the identity of the order instead."""


class OtherRunError(ValueError):
    """The checkpoint's run had other settings. ``fields`` names them."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(
            f"the checkpoint was made with other settings: {', '.join(fields)}; set them back, or begin a run of its own"
        )
        self.fields = fields


def settings_text(settings: TrainerSettings) -> str:
    """All settings as canonical JSON."""
    return json.dumps(settings.model_dump(mode="json"), sort_keys=True, indent=1)


def require_same_run(settings: TrainerSettings, stored: str) -> None:
    """``stored``: the checkpoint's ``settings_text``. Raises ``OtherRunError``."""
    here, there = (dict(_flat(json.loads(text), "")) for text in (settings_text(settings), stored))
    free = _FREE if settings.optimizer.schedule == "cosine" else (*_FREE, "run.steps", "run.epochs")
    differing = [
        key
        for key in sorted(here.keys() | there.keys())
        if not key.startswith(free) and here.get(key) != there.get(key)
    ]
    if differing:
        raise OtherRunError(tuple(differing))


def _flat(values: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
