"""Verdicts of N rows as columns: a row is kept until it is dropped, and its first reason stays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class VerdictSheet:
    """``reason``: ``(N,)`` int32, an index into ``reasons`` (0: kept). ``value`` and ``limit``: ``(N,)``, NaN where the reason
    is no comparison. ``other``: ``(N,)`` int64, the row that this one gave way to, or -1."""

    def __init__(self, rows: int) -> None:
        self.reason = np.zeros(rows, np.int32)
        self.value = np.full(rows, np.nan)
        self.limit = np.full(rows, np.nan)
        self.other = np.full(rows, -1, np.int64)
        self.reasons: list[tuple[str, str]] = [("", "")]

    @property
    def passed(self) -> Mask:
        """``(N,)``: rows that nothing has dropped so far."""
        return np.equal(self.reason, 0)

    def drop(
        self,
        rows: Mask,
        reason: tuple[str, str],
        values: Floats | None = None,
        limit: float = float("nan"),
    ) -> None:
        """``rows``: ``(N,)``; those dropped before keep their reason. ``reason``: its code and its detail. ``values``: ``(N,)``."""
        fresh = rows & self.passed
        if not fresh.any():
            return
        self.reasons.append(reason)
        self.reason[fresh] = len(self.reasons) - 1
        self.limit[fresh] = limit
        if values is not None:
            self.value[fresh] = values[fresh]

    def verdicts(self, keys: pa.Array) -> pa.Array:
        """Structs of outcome, reason, value, limit and detail; a detail ends with the key of ``other``."""
        codes, details = zip(*self.reasons, strict=True)
        detail = pa.array(details).take(pa.array(self.reason))
        named = np.flatnonzero(self.other >= 0)
        if len(named):
            texts = np.asarray(detail, dtype=object)
            for row, other in zip(named, keys.take(pa.array(self.other[named])).to_pylist(), strict=True):
                texts[row] = f"{texts[row]} {other}"
            detail = pa.array(texts, pa.string())
        outcome = pa.array(["kept", "dropped"]).take(pa.array((self.reason > 0).astype(np.int8)))
        columns = {
            "outcome": outcome,
            "reason": pa.array(codes).take(pa.array(self.reason)),
            "value": pa.array(self.value, from_pandas=True),
            "limit": pa.array(self.limit, from_pandas=True),
            "detail": detail,
        }
        return pa.StructArray.from_arrays(list(columns.values()), list(columns))
