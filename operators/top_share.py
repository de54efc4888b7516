"""The best share of a corpus by one score, cut at a value that can be written down and used again."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from formats.ledger import KEPT, Verdict, dropped
from formats.selection import CandidateRow, TopCutOff
from operators.filter import TopShare, exact


def find_cut_off(candidates: Sequence[CandidateRow], top: TopShare) -> TopCutOff | None:
    """The cut-off over ``candidates``, which must all have the score; ``None`` if there are none.

    The share is rounded up to whole candidates, so that something is left of a small corpus. Equal values are ranked
    by key.
    """
    if not candidates:
        return None
    ranked = sorted((-candidate.scores[top.score], candidate.plan.key) for candidate in candidates)
    kept = ceil(exact(top.share) * len(ranked))
    value, key = ranked[kept - 1]
    return TopCutOff(score=top.score, share=top.share, value=-value, key=key, considered=len(ranked), kept=kept)


def above_cut_off(candidate: CandidateRow, cut_off: TopCutOff) -> Verdict:
    """Kept, or dropped as ``top:NAME`` with the value and the cut-off as limit."""
    value = candidate.scores[cut_off.score]
    if (-value, candidate.plan.key) <= (-cut_off.value, cut_off.key):
        return KEPT
    return dropped(f"top:{cut_off.score}", value, cut_off.value, f"not in the top {cut_off.share:g} by {cut_off.score}")
