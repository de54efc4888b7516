"""The ledger's common part: what happened to one row of a stage, and why. Every input row of a stage gets one."""

from __future__ import annotations

from typing import Literal

from formats.film_scan import Record

Outcome = Literal["kept", "dropped", "failed"]


class Verdict(Record):
    """``reason`` is a stable code, empty for kept rows; ``value`` and ``limit`` are the measured value and the setting it
    was held against, NaN-free and absent (``None``) where the reason is not a comparison; ``detail`` is for people."""

    outcome: Outcome
    reason: str = ""
    value: float | None = None
    limit: float | None = None
    detail: str = ""


KEPT = Verdict(outcome="kept")


def dropped(reason: str, value: float | None = None, limit: float | None = None, detail: str = "") -> Verdict:
    return Verdict(outcome="dropped", reason=reason, value=value, limit=limit, detail=detail)


def failed(reason: str, detail: str) -> Verdict:
    return Verdict(outcome="failed", reason=reason, detail=detail)
