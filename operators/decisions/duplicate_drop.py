"""Which of near-duplicate candidates stay: in order of rank, each that duplicates none that stayed before it.

So whatever is dropped has a kept duplicate that was itself compared with it; chains of likeness drop nothing by hearsay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from operators.decisions.candidate_columns import CandidateColumns, Floats, Integers, Mask
from operators.decisions.verdict_sheet import VerdictSheet

NEAR_DUPLICATE = ("near_duplicate", "a near-duplicate of")
ALIKE = ("near_duplicate_embedding", "by its embedding a near-duplicate of")
STRADDLES = ("straddles_splits", "in another split than its near-duplicate")
_HELD_OUT_FIRST = {"test": 0, "validation": 1, "train": 2}


@dataclass(frozen=True)
class DuplicatePairs:
    """Pairs of near-duplicate candidates, P of them: ``one`` and ``other`` are ``(P,)`` row numbers, ``measured`` ``(P,)`` what
    was held against ``limit``. ``reason``: what a clip is dropped for that is one of such a pair."""

    one: Integers
    other: Integers
    measured: Floats
    limit: float
    reason: tuple[str, str] = NEAR_DUPLICATE

    @classmethod
    def none(cls) -> DuplicatePairs:
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), 0.0)

    def where(self, pairs: Mask) -> DuplicatePairs:
        return DuplicatePairs(self.one[pairs], self.other[pairs], self.measured[pairs], self.limit, self.reason)


def rank_by_quality(candidates: CandidateColumns, score: str, first: Integers | None = None) -> Integers:
    """``(N,)``, 0 for the best: by ``first`` (lowest first), then the score (highest first, unmeasured last), then key."""
    values = candidates.values[score]
    leading = np.zeros(len(candidates), np.int64) if first is None else first
    order = np.lexsort((candidates.key_rank, -np.where(np.isnan(values), -np.inf, values), leading))
    rank = np.empty(len(candidates), np.int64)
    rank[order] = np.arange(len(candidates))
    return rank


def held_out_first(candidates: CandidateColumns, splits: tuple[str, ...]) -> Integers:
    """``(N,)``: test before validation before train, so that what is held out stays and training gives way."""
    return np.array([_HELD_OUT_FIRST[split] for split in splits], np.int64)[candidates.film]


def drop_duplicates(
    pairs: DuplicatePairs, rank: Integers, taken: Mask, reason: tuple[str, str], sheet: VerdictSheet
) -> None:
    """``rank``: ``(N,)``, lower stays. ``taken``: ``(N,)``, rows that stand whatever their rank."""
    alive = sheet.passed | taken
    live = pairs.where(alive[pairs.one] & alive[pairs.other])
    starts, order, neighbour, measured = _both_ways(live, len(rank))
    stays = dict.fromkeys(np.flatnonzero(taken).tolist(), True) if len(order) else {}
    out = np.zeros(len(rank), np.bool_)
    for row in order[np.argsort(rank[order], kind="stable")].tolist():
        if row in stays:
            continue
        here = slice(int(starts[row]), int(starts[row + 1]))
        beside = [
            (rank[near], near, far)
            for near, far in zip(neighbour[here].tolist(), measured[here].tolist(), strict=True)
            if near in stays
        ]
        if not beside:
            stays[row] = True
            continue
        _, sheet.other[row], sheet.value[row] = min(beside)
        out[row] = True
    sheet.drop(out, reason, sheet.value, pairs.limit)


def _both_ways(pairs: DuplicatePairs, rows: int) -> tuple[Integers, Integers, npt.NDArray[np.int64], Floats]:
    """Neighbours of each row, one after another: where each row's begin, the rows that have any, neighbours, what was measured."""
    source = np.concatenate([pairs.one, pairs.other])
    order = np.argsort(source, kind="stable")
    starts = np.searchsorted(source[order], np.arange(rows + 1))
    target = np.concatenate([pairs.other, pairs.one])[order]
    return starts, np.unique(source), target, np.concatenate([pairs.measured, pairs.measured])[order]
