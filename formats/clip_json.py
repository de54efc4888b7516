"""The clip record as bytes: one canonical JSON form to write, and a reader that trusts nothing."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from pydantic import BaseModel, ValidationError

from formats.clip_record import SCHEMA, ClipRecord
from formats.invariants import ClipError, check_clip

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
    _refuse_bad_json(data)
    try:
        record = ClipRecord.model_validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ClipError(_path(first["loc"]), first["msg"]) from error
    if "schema_name" not in record.model_fields_set:
        raise ClipError("schema", f"must be {SCHEMA!r}, it is missing")
    check_clip(record)
    return record


def _refuse_bad_json(data: bytes) -> None:
    """Refuses what JSON libraries read differently: NaN, doubled names, numbers beyond 64 bits, lone surrogates."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_int64,
            object_pairs_hook=_unique_names,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except ClipError:
        raise
    except (ValueError, RecursionError) as error:
        raise ClipError("record", f"must be JSON in UTF-8: {error}") from error


def _refuse_constant(text: str) -> NoReturn:
    raise ClipError("record", f"must not contain {text}")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ClipError("record", f"must not contain the number {text[:40]}, it is too large")
    return value


def _int64(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise ClipError("record", f"must not contain the number {text[:40]}, it does not fit in 64 bits")
    return int(text)


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ClipError("record", "must not name a field twice in one object")
    return names


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
