"""The clip record as a JSON Schema, for readers in other languages. Run as a module, it writes the published file."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic.json_schema import GenerateJsonSchema

from formats.clip_record import SCHEMA, ClipRecord

SCHEMA_FILE = Path(__file__).with_name("clip_record.schema.json")
EXAMPLE_FILE = Path(__file__).with_name("clip_record.example.json")


def clip_schema() -> dict[str, object]:
    """The schema of ``shotloom.clip/1``. Every field is required; unknown fields are allowed (the growth rule).

    What it cannot say (how the parts must agree) is in ``formats/invariants.py``.
    """
    generated = ClipRecord.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:{SCHEMA.replace('/', ':')}", **generated}


def schema_text() -> str:
    """The published file's text."""
    return json.dumps(clip_schema(), indent=1) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
