"""All scores of one fragment: from the signals of its frames, and from the looks at some of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import fsum

import numpy as np
from numpy.typing import NDArray

from formats.exact_time import FrameRange
from operators.scores.bars import PictureShare, bar_scores, believed, covering
from operators.scores.frame_difference import FRAME_DIFFERENCE, frame_difference
from operators.scores.frame_look import FrameLook
from operators.scores.spans import span_scores
from operators.scores.technical_quality import TECHNICAL_QUALITY, technical_quality
from operators.signals import Signals


def fragment_scores(
    frames: FrameRange, signals: Signals, shown: NDArray[np.int64], tick: Fraction, looks: Sequence[FrameLook]
) -> dict[str, float]:
    """By name, sorted, rounded to four decimals. ``looks``: those at ``frames``; what was not measured is left out.
    ``shown``, ``tick``: as for ``span_scores``."""
    start, end = frames
    if end <= start:
        return {}
    scores = span_scores(signals, shown, frames, tick) | _means(looks)
    derived = {
        FRAME_DIFFERENCE.name: frame_difference(signals, start, end),
        TECHNICAL_QUALITY.name: technical_quality(scores),
    }
    box = fragment_picture(looks)
    scores |= bar_scores(believed(box)) if box is not None else {}
    scores |= {name: value for name, value in derived.items() if value is not None}
    return {name: round(value, 4) for name, value in sorted(scores.items())}


def fragment_picture(looks: Sequence[FrameLook]) -> PictureShare | None:
    """Where the picture is within its bars, over all looks at a fragment; ``None`` if nothing but black was seen."""
    return covering([look.box for look in looks if look.box is not None])


def _means(looks: Sequence[FrameLook]) -> dict[str, float]:
    names = {name for look in looks for name in look.scores}
    values = {name: [look.scores[name] for look in looks if name in look.scores] for name in names}
    return {name: fsum(values[name]) / len(values[name]) for name in names}
