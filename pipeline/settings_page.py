"""Writes docs/settings.md from the settings' own types: ``python -m pipeline.settings_page``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipeline.config import STAGE_SECTIONS, Config

PAGE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"
_HEAD = """# Settings

One YAML file, sections per stage. Any setting can be overridden on the command line: `--set filter.duration.min=3`.
`configs/laptop.yaml` is the default, `configs/cine250k.yaml` the published recipe as far as it is published.
This page is written from the code by `python -m pipeline.settings_page`.

`limits` and `engine` never shape a result. A change anywhere else redoes the stage that the section belongs to, and what
follows.

| setting | default | stage | meaning |
|---|---|---|---|
"""


def settings_page() -> str:
    stages = {section: stage for stage, sections in STAGE_SECTIONS.items() for section in sections}
    rows = [
        f"| `{key}` | `{default}` | {stages.get(key.split('.')[0], 'none')} | {meaning} |"
        for key, default, meaning in _settings(Config, "")
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _settings(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", json.dumps(field.default), (field.description or "").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
