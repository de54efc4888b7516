"""A second opinion on what may be a cut, dissolve, wipe or fade through white: two small networks over ``second_look``, one for
boundaries and one for spans.

Ours: two hidden layers each, trained by ``benchmarks/train_candidates.py`` on rendered films of four palettes. They run in
NumPy.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, cast

import numpy as np

from operators.cut_evidence import CutEvidence
from operators.cuts import find_cuts
from operators.gradual_network import GradualAnswers
from operators.gradual_spans import Span
from operators.second_look import Scenery, cut_look, span_look
from operators.transition_window import Floats

WEIGHTS = Path(__file__).with_name("candidate_network.npz")
LARGEST = 4.0
LEAST_LIKELY = -4.5
"""Log-odds from which on a boundary is worth a second look."""
HOPELESS = -8.0
"""Log-odds at most of one that is not: no network can make it a cut."""
SECOND = 0.5
"""How much the second look at a cut counts beside the first; the two err on different films."""

Candidates = Literal["cut", "span"]


def candidate_cuts(likelihood: Floats) -> list[int]:
    """Boundaries worth a second look: likelier than those within two frames."""
    return find_cuts(likelihood, likelihood, LEAST_LIKELY)


def looked_at(likelihood: Floats, scenery: Scenery, evidence: CutEvidence, answers: GradualAnswers) -> Floats:
    """``(N,)``: ``likelihood``, a cut's log-odds at each boundary, after a second look."""
    after = np.minimum(likelihood, np.float32(HOPELESS))
    for at in candidate_cuts(likelihood):
        second = opinion("cut", cut_look(scenery, evidence, answers, at))
        after[at] = SECOND * second + (1.0 - SECOND) * likelihood[at]
    return cast(Floats, after)


def span_opinion(scenery: Scenery, evidence: CutEvidence, answers: GradualAnswers, span: Span) -> float:
    """Log-odds that a span is a transition. Frames before its first and after its last must be known."""
    return opinion("span", span_look(scenery, evidence, answers, span))


def opinion(of: Candidates, look: Floats) -> float:
    """Log-odds."""
    weights = _weights()
    scaled = np.clip((look - weights[f"{of}.mean"]) / weights[f"{of}.deviation"], -LARGEST, LARGEST)
    state = np.tanh(scaled @ weights[f"{of}.in.weight"] + weights[f"{of}.in.bias"])
    state = np.tanh(state @ weights[f"{of}.middle.weight"] + weights[f"{of}.middle.bias"])
    return float(state @ weights[f"{of}.out.weight"] + weights[f"{of}.out.bias"])


@cache
def _weights() -> dict[str, Floats]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
