"""Where the network is worth asking: at boundaries that pictures alone leave in doubt.

A heuristic would guess; this is a bound. The network speaks in ``cut_confidence`` alone, through numbers in 0..1, so
what it could make of a boundary lies between its silence and its assent. Where both fall on the same side of every
threshold in ``THRESHOLDS``, its answer cannot make or break a cut.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from operators.cuts import cut_confidence, find_cuts
from operators.split import FLOOR, PictureEvidence
from operators.transition_window import Floats, Window

THRESHOLDS = (0.4, 0.6)
"""Least and largest confidence that a cut may be asked to have, for which gating changes nothing."""


def doubtful_frames(window: Window, seen: PictureEvidence) -> npt.NDArray[np.bool_]:
    """``(N,)``: frames on either side of a boundary that is a cut or none, as the network will have it."""
    silent, assenting = (_confidence(window, seen, said) for said in (0.0, 1.0))
    doubtful = np.zeros(len(window), bool)
    for at in find_cuts(seen.likelihood, assenting, FLOOR):
        if silent[at] < THRESHOLDS[1] and assenting[at] >= THRESHOLDS[0]:
            doubtful[at - 1 : at + 1] = True
    return doubtful


def _confidence(window: Window, seen: PictureEvidence, said: float) -> Floats:
    heads = np.full(len(window), said, np.float32)
    return cut_confidence(replace(window, single=heads, many=heads), seen.likelihood)
