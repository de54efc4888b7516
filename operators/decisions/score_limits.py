"""Limits on scores, as values and as quantiles of the corpus. A value equal to a limit passes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor

import numpy as np

from formats.selection import QuantileBar
from operators.decisions.candidate_columns import CandidateColumns, Floats
from operators.decisions.verdict_sheet import VerdictSheet
from operators.filter import QuantileLimits, ScoreLimits, exact


def drop_unmeasured(candidates: CandidateColumns, names: Iterable[str], sheet: VerdictSheet) -> None:
    """``score_missing:NAME`` for every score that some decision needs."""
    for name in names:
        sheet.drop(
            np.isnan(candidates.values[name]),
            (f"score_missing:{name}", f"{name} was not measured on this candidate"),
        )


def drop_outside(candidates: CandidateColumns, limits: Iterable[ScoreLimits], sheet: VerdictSheet) -> None:
    """``score_min:NAME`` and ``score_max:NAME``."""
    for each in limits:
        values = candidates.values[each.name]
        if each.min is not None:
            below = (f"score_min:{each.name}", f"{each.name} is below its limit")
            sheet.drop(values < each.min, below, values, each.min)
        if each.max is not None:
            above = (f"score_max:{each.name}", f"{each.name} is above its limit")
            sheet.drop(values > each.max, above, values, each.max)


def find_quantiles(
    candidates: CandidateColumns, limits: Sequence[QuantileLimits], sheet: VerdictSheet
) -> tuple[QuantileBar, ...]:
    """One bar per rule, all read off the same rows (those passed so far), so that the order of rules does not matter."""
    return tuple(_bar(each, np.sort(candidates.values[each.name][sheet.passed])) for each in limits)


def _bar(limits: QuantileLimits, rising: Floats) -> QuantileBar:
    """``min`` q drops floor(q n) of the n lowest, ``max`` q as many of the highest as 1 - q would; ties at the bar pass."""
    count, low, high = len(rising), None, None
    if count and limits.min is not None:
        low = float(rising[min(floor(exact(limits.min) * count), count - 1)])
    if count and limits.max is not None:
        high = float(rising[max(ceil(exact(limits.max) * count), 1) - 1])
    return QuantileBar(name=limits.name, min=low, max=high, considered=count)


def drop_beyond(candidates: CandidateColumns, bars: Iterable[QuantileBar], sheet: VerdictSheet) -> None:
    """``quantile_min:NAME`` and ``quantile_max:NAME``; the limit is the value that stood at the quantile."""
    for bar in bars:
        values = candidates.values[bar.name]
        if bar.min is not None:
            below = (f"quantile_min:{bar.name}", f"{bar.name} is below its quantile in the corpus")
            sheet.drop(values < bar.min, below, values, bar.min)
        if bar.max is not None:
            above = (f"quantile_max:{bar.name}", f"{bar.name} is above its quantile in the corpus")
            sheet.drop(values > bar.max, above, values, bar.max)
