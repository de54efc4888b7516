"""Runs of frames that the gradual network holds for a dissolve, wipe or fade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from operators.gradual_network import GradualAnswers
from operators.runs import runs_of
from operators.transition_window import LUMA_WEIGHTS, Floats, Window

MARKED = 0.5
FAINT = 0.05
LEAST_REACH = 4
REACH_PART = 2
BRIDGED_FRAMES = 3


@dataclass(frozen=True)
class Span:
    """Frames ``[start, end)``. ``median``: of the marked ones' chances of being part of a transition; ``peak``: the largest."""

    kind: Literal["dissolve", "wipe", "fade"]
    start: int
    end: int
    median: float
    peak: float


def gradual_spans(answers: GradualAnswers) -> list[Span]:
    """Runs of marked frames, in order. They reach a little into faintly marked frames next to them, and gaps in which
    no shot fits are bridged."""
    chance = answers.gradual
    joined: list[tuple[int, int]] = []
    for start, end in (_reaching(chance, *run) for run in runs_of(chance >= MARKED)):
        if joined and start - joined[-1][1] < BRIDGED_FRAMES:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return [span_over(answers, start, end) for start, end in joined]


def _reaching(chance: Floats, start: int, end: int) -> tuple[int, int]:
    reach = max(LEAST_REACH, (end - start) // REACH_PART)
    first, last = max(0, start - reach), min(len(chance), end + reach)
    while start > first and chance[start - 1] >= FAINT:
        start -= 1
    while end < last and chance[end] >= FAINT:
        end += 1
    return start, end


def span_over(answers: GradualAnswers, start: int, end: int) -> Span:
    """Frames ``[start, end)`` as a span, marked or not."""
    kinds: dict[Literal["dissolve", "wipe", "fade"], float] = {
        "dissolve": float(answers.dissolve[start:end].sum()),
        "wipe": float(answers.wipe[start:end].sum()),
        "fade": float(answers.fade[start:end].sum()),
    }
    chance = answers.gradual[start:end]
    marked = chance[chance >= MARKED] if chance.max() >= MARKED else chance
    return Span(max(kinds, key=lambda kind: kinds[kind]), start, end, float(np.median(marked)), float(chance.max()))


def structural_change(window: Window, one: int, other: int) -> float:
    """How little two frames' luma has in common, in 4x3 blocks and then at the median: 0 alike, 1 unrelated.

    The median over blocks is deaf to titles and small objects, the measure in a block to brightness. Blocks that are
    flat in both frames are alike.
    """
    rows, columns = window.box
    pair = window.frames[[one, other], rows, columns].astype(np.float32) @ LUMA_WEIGHTS
    changes = []
    for band in np.array_split(pair, 3, axis=1):
        for block in np.array_split(band, 4, axis=2):
            flat = block.reshape(2, -1)
            flat = flat - flat.mean(axis=1, keepdims=True)
            energy = float(np.square(flat).mean())
            changes.append((energy - float((flat[0] * flat[1]).mean())) / (energy + 4.0))
    return float(np.median(changes))
