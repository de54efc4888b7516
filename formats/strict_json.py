"""JSON that every reader reads the same way; what libraries differ on is refused."""

from __future__ import annotations

import json
import math
from typing import NoReturn


class StrictJsonError(ValueError):
    """Bytes that are no JSON, or JSON that readers would read differently."""


def refuse_loose_json(data: bytes) -> None:
    """Refuses NaN, infinities, names that stand twice in one object, whole numbers beyond 64 bits, lone surrogates, and
    what is no JSON in UTF-8. Raises ``StrictJsonError``."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_int64,
            object_pairs_hook=_unique_names,
        )
        json.dumps(value, ensure_ascii=False).encode()
    except StrictJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise StrictJsonError(f"must be JSON in UTF-8: {error}") from error


def _refuse_constant(text: str) -> NoReturn:
    raise StrictJsonError(f"must not contain {text}")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise StrictJsonError(f"must not contain the number {text[:40]}, it is too large")
    return value


def _int64(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise StrictJsonError(f"must not contain the number {text[:40]}, it does not fit in 64 bits")
    return int(text)


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise StrictJsonError("must not name a field twice in one object")
    return names
