"""Hard cuts: the boundary that pictures hold likeliest, and how sure one can be that it is a cut.

A network's single-frame head, where there is one, has a strong word on the second and none on the first.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from operators.cut_evidence import CutEvidence
from operators.gradual_network import GradualAnswers
from operators.transition_window import Floats, Window

MEASURED = 0.4
"""How much of the log-odds is the sum of what is measured; the rest the network has learned."""

MOST_CERTAIN = 6.0
"""The gradual network was trained on rendered and made-up films alone, so it has a bounded say."""


def picture_likelihood(evidence: CutEvidence, answers: GradualAnswers) -> Floats:
    """``(N,)``: log-odds that a hard cut lies at each boundary, from pictures alone. The weights are set by hand."""
    measured = (
        np.log(evidence.ratio + 0.1)
        + 2.0 * np.maximum(np.log(evidence.peak + 0.1), -1.0)
        + 6.0 * (np.clip(evidence.change, 0.0, 1.2) - 0.5)
        + 5.0 * (np.sqrt(evidence.histogram) - 0.4)
        + 0.5 * (np.log(evidence.lasting + 0.5) - 3.0)
        - 4.0
    )
    chance = np.clip(answers.cut, 1e-4, 1 - 1e-4)
    learned = np.clip(np.log(chance / (1.0 - chance)), -MOST_CERTAIN, MOST_CERTAIN)
    likely = MEASURED * measured + (1.0 - MEASURED) * learned
    likely[0] = -20.0
    return cast(Floats, likely.astype(np.float32))


def cut_confidence(window: Window, likelihood: Floats) -> Floats:
    """``(N,)``: confidence in 0..1 that a hard cut lies at each boundary.

    TransNetV2 speaks through the larger of its single-frame answers next to the boundary: silence costs, assent adds,
    and where it was not asked pictures decide alone.
    """
    nearest = np.fmax(window.single, np.concatenate([[np.nan], window.single[:-1]]))
    likely = likelihood + np.where(np.isnan(nearest), 0.0, 2.5 * (nearest - 0.3))
    likely[0] = -20.0
    return cast(Floats, (1.0 / (1.0 + np.exp(-np.clip(likely, -20, 20)))).astype(np.float32))


def find_cuts(likelihood: Floats, confidence: Floats, floor: float) -> list[int]:
    """Boundaries with confidence of at least ``floor`` that pictures hold likeliest within two frames, in order."""
    padded = np.pad(likelihood, 2, constant_values=-np.inf)
    largest = np.lib.stride_tricks.sliding_window_view(padded, 5).max(axis=1)
    return np.flatnonzero((confidence >= floor) & (likelihood >= largest)).tolist()
