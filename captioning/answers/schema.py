"""JSON Schemas that constrain decoding. Every text and list has an upper bound, so that a model that has lost its way
stops; only keywords that vLLM's xgrammar and guidance compile are used; references are written out.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict

KEPT_KEYWORDS = frozenset(
    {
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "enum",
    }
    | {"minimum", "maximum"}
)

Schema = dict[str, Any]
"""A JSON Schema as ``json`` reads it."""


class AnswerPart(BaseModel):
    """What a schema does not know is passed over; numbers are finite; nothing is converted."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)


@cache
def schema_of(answer: type[BaseModel]) -> Schema:
    """``answer`` as a schema of ``KEPT_KEYWORDS``. Raises ``ValueError`` for a text or list without a bound, and for a keyword
    that is not among them. The same object every time: not to be changed.
    """
    whole = answer.model_json_schema()
    return _flat(whole, whole.get("$defs", {}))


def object_schema(properties: dict[str, Schema]) -> Schema:
    """An object with exactly these properties, in this order."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def of_length(schema: Schema, field: str, count: int) -> Schema:
    """``schema`` with exactly ``count`` items in its list ``field``."""
    changed = {**schema["properties"][field], "minItems": count, "maxItems": count}
    return {**schema, "properties": {**schema["properties"], field: changed}}


def schema_text(schema: Schema) -> str:
    """As ``Ask.schema`` has it."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _flat(part: Schema, named: dict[str, Schema]) -> Schema:
    if "$ref" in part:
        return _flat(named[part["$ref"].rsplit("/", 1)[1]], named)
    kept = {key: value for key, value in part.items() if key not in ("$defs", "title", "description", "default")}
    if unknown := kept.keys() - KEPT_KEYWORDS:
        raise ValueError(f"a schema may not use {sorted(unknown)}")
    match kept.get("type"):
        case "object":
            return object_schema({name: _flat(field, named) for name, field in kept["properties"].items()})
        case "array" if "maxItems" in kept:
            return {**kept, "items": _flat(kept["items"], named)}
        case "string" if "maxLength" in kept or "enum" in kept:
            return kept
        case "number" | "boolean":
            return kept
    raise ValueError(f"a schema needs a bound here: {kept}")
