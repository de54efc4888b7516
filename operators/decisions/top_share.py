"""The best share of a corpus by one score, cut at a value that can be written down and used again."""

from __future__ import annotations

from math import ceil

import numpy as np
import pyarrow.compute as pc

from formats.selection import TopCutOff
from operators.decisions.candidate_columns import CandidateColumns, Mask
from operators.decisions.verdict_sheet import VerdictSheet
from operators.filter import TopShare, exact


def find_cut_off(candidates: CandidateColumns, rows: Mask, top: TopShare) -> TopCutOff | None:
    """The cut-off over ``rows`` (``(N,)``), which must all have the score; ``None`` if there are none.

    The share is rounded up to whole candidates, so that something is left of a small corpus. Equal values are ranked
    by key.
    """
    among = np.flatnonzero(rows)
    if not len(among):
        return None
    values = candidates.values[top.score][among]
    ranked = among[np.lexsort((candidates.key_rank[among], -values))]
    kept = ceil(exact(top.share) * len(ranked))
    last = int(ranked[kept - 1])
    return TopCutOff(
        score=top.score,
        share=top.share,
        value=float(candidates.values[top.score][last]),
        key=candidates.keys[last].as_py(),
        considered=len(ranked),
        kept=kept,
    )


def drop_below(candidates: CandidateColumns, cut_off: TopCutOff, sheet: VerdictSheet) -> None:
    """``top:NAME`` with the value and the cut-off as limit."""
    values = candidates.values[cut_off.score]
    later = np.asarray(pc.greater(candidates.keys, cut_off.key))
    out = (values < cut_off.value) | ((values == cut_off.value) & later)
    reason = (f"top:{cut_off.score}", f"not in the top {cut_off.share:g} by {cut_off.score}")
    sheet.drop(out, reason, values, cut_off.value)
