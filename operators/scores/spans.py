"""Stretches in which nothing moves, and stretches of black: how much of the time, and the longest, from the signals."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from operators.runs import runs_of
from operators.scores.score import Score
from operators.signals import FULL_SCALE, Signals, from_byte

STILL_DIFFERENCE = 0.1
"""Levels of 255 at 48x27: a held frame stays below through compression, a static camera with grain above."""
BLACK_LUMA, BLACK_SPREAD = 12.0, 6.0

_span = partial(Score, method="still-and-black-spans/1", low=0.0, source="ours")
_share = partial(_span, unit="share of the frames", high=1.0, rule="mean")
_longest = partial(_span, unit="seconds", high=None, rule="max")

STILL_SHARE = _share(
    name="still_share",
    meaning=f"frames that differ from the one before by less than {STILL_DIFFERENCE} levels at 48x27: held pictures",
)
STILL_LONGEST = _longest(name="still_longest", meaning="longest time within one fragment that a picture is held")
BLACK_SHARE = _share(
    name="black_share",
    meaning=f"frames with mean luma below {BLACK_LUMA:g} and a deviation below {BLACK_SPREAD:g}",
)
BLACK_LONGEST = _longest(name="black_longest", meaning="longest black stretch within one fragment")


def span_scores(
    signals: Signals, shown: NDArray[np.int64], frames: tuple[int, int], tick: Fraction
) -> dict[str, float]:
    """Of ``frames`` ``[start, end)``, not empty. ``shown``: ``(film frames + 1,)`` int64, when each frame's time begins,
    and when the last one's ends, in ticks of ``tick`` seconds."""
    start, end = frames
    black = (from_byte(signals.luma[start:end], FULL_SCALE["luma"]) < BLACK_LUMA) & (
        from_byte(signals.spread[start:end], FULL_SCALE["spread"]) < BLACK_SPREAD
    )
    still = from_byte(signals.difference[start + 1 : end], FULL_SCALE["difference"]) < STILL_DIFFERENCE
    times = shown[start : end + 1]
    # A run of still frames [first, last), counted from the second frame, holds frame first's picture until frame last ends.
    return {
        STILL_SHARE.name: float(still.mean()) if len(still) else 0.0,
        STILL_LONGEST.name: float(
            max((int(times[last + 1] - times[first]) for first, last in runs_of(still)), default=0) * tick
        ),
        BLACK_SHARE.name: float(black.mean()),
        BLACK_LONGEST.name: float(
            max((int(times[last] - times[first]) for first, last in runs_of(black)), default=0) * tick
        ),
    }
