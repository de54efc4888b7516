"""Writes docs/settings.md from the settings' own types: ``python -m pipeline.settings_page``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

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
        for key, default, meaning in settings_rows(Config)
    ]
    return _HEAD + "\n".join(rows) + "\n"


def settings_rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Key, default and meaning of each setting of ``model``. Of a list of sections that must be written,
    each is a section, ``[]`` standing for its number."""
    for name, field in model.model_fields.items():
        kind: Any = field.annotation
        if _is_section(kind):
            yield from settings_rows(kind, f"{prefix}{name}.")
        elif field.is_required() and get_origin(kind) is tuple and _is_section(get_args(kind)[0]):
            yield from settings_rows(get_args(kind)[0], f"{prefix}{name}[].")
        else:
            default = "required" if field.is_required() else json.dumps(field.default)
            yield f"{prefix}{name}", default, (field.description or "").replace("|", "\\|")


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
