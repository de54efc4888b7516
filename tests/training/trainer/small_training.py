"""Settings of runs on a small packed corpus and a tiny release."""

from __future__ import annotations

from pathlib import Path

from tests.training.feeding.small_run import small_settings
from training.settings import TrainingSettings


def training_settings(corpus: Path, release: Path, **sections: dict[str, object]) -> TrainingSettings:
    """Five steps; ``sections`` on top."""
    values: dict[str, dict[str, object]] = {
        "model": {"source": str(release), "dtype": "float32"},
        "attention": {"masked_layers": (0, 1), "time": "sampled"},
        "data": small_settings(corpus).model_dump(mode="json"),
        "tune": {"rank": 4},
        "optimizer": {"rate": 1e-3, "warmup": 1},
        "run": {"steps": 5, "epochs": 100, "group": 2},
        "checkpoints": {"every": 2},
        "validation": {"every": 5, "samples": 1},
        "logs": {"tensorboard": False},
    }
    for section, changed in sections.items():
        values[section] = {**values.get(section, {}), **changed}
    return TrainingSettings.model_validate(values)
