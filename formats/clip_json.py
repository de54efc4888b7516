"""The clip record as bytes: one canonical JSON form to write, and a reader that trusts nothing."""

from __future__ import annotations

import json

from pydantic import BaseModel, ValidationError

from formats.clip_record import SCHEMA, ClipRecord
from formats.invariants import ClipError, check_clip
from formats.strict_json import StrictJsonError, refuse_loose_json

MAX_JSON_BYTES = 8 * 1024 * 1024


def clip_json(record: ClipRecord) -> bytes:
    """The canonical form: UTF-8, no spaces, known fields in their declared order, unknown ones after them by name.

    Raises ``ClipError`` where ``record`` breaks a rule, so nothing inconsistent is written.
    """
    check_clip(record)
    try:
        data = json.dumps(_ordered(record), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ClipError("record", f"must be plain JSON: {error}") from error
    if len(data) > MAX_JSON_BYTES:
        raise ClipError("record", f"must not be larger than {MAX_JSON_BYTES} bytes as JSON")
    return data


def read_clip_json(data: bytes, *, max_bytes: int = MAX_JSON_BYTES) -> ClipRecord:
    """The record in ``data``, types and rules checked; unknown fields are kept. Raises only ``ClipError``."""
    if len(data) > max_bytes:
        raise ClipError("record", f"must not be larger than {max_bytes} bytes as JSON, this has {len(data)}")
    try:
        refuse_loose_json(data)
    except StrictJsonError as error:
        raise ClipError("record", str(error)) from error
    try:
        record = ClipRecord.model_validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ClipError(_path(first["loc"]), first["msg"]) from error
    if "schema_name" not in record.model_fields_set:
        raise ClipError("schema", f"must be {SCHEMA!r}, it is missing")
    check_clip(record)
    return record


def _ordered(value: object) -> object:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        known = {field.alias or name: _ordered(getattr(value, name)) for name, field in fields.items()}
        return known | {name: _ordered(extra) for name, extra in sorted((value.model_extra or {}).items())}
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    return value


def _path(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".") or "record"
