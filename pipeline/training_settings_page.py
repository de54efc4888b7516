"""Writes docs/training-settings.md from the settings' own types: ``python -m pipeline.training_settings_page``."""

from __future__ import annotations

from pathlib import Path

from pipeline.settings_page import settings_rows
from training.settings import TrainingSettings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "training-settings.md"
_HEAD = """# Settings of a training run

One YAML file, read by `shotloom train`, `shotloom cache` and `shotloom inspect --as-trained`. Any setting can be overridden on the
command line: `--set run.steps=500`. `configs/train_tiny.yaml` is a small one that works. This page is written from the code by
`python -m pipeline.training_settings_page`.

| setting | default | meaning |
|---|---|---|
"""


def training_settings_page() -> str:
    rows = [f"| `{key}` | `{default}` | {meaning} |" for key, default, meaning in settings_rows(TrainingSettings)]
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(training_settings_page(), encoding="utf-8")
