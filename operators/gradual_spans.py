"""Runs of frames that the gradual network holds for a dissolve, wipe or fade."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from operators.gradual_network import GradualAnswers
from operators.transition_window import LUMA_WEIGHTS, Window

MARKED = 0.25
BRIDGED_FRAMES = 3
LEAST_PEAK = 0.5
GROWTH = 0.03


@dataclass(frozen=True)
class Span:
    """Frames ``[start, end)``. ``mean``: the mean chance that they are part of a transition; ``peak``: the largest."""

    kind: Literal["dissolve", "wipe", "fade"]
    start: int
    end: int
    mean: float
    peak: float


def gradual_spans(answers: GradualAnswers) -> list[Span]:
    """Runs of marked frames, in order; gaps in which no shot fits are bridged.

    A long transition begins and ends slowly, so a run grows by a twentieth of its length on both sides: a mixed frame
    in a shot is worse than a clean one lost.
    """
    chance = answers.gradual
    marked = np.concatenate([[0], (chance > MARKED).astype(np.int8), [0]])
    steps = np.flatnonzero(np.diff(marked))
    runs: list[tuple[int, int]] = []
    for start, end in zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < BRIDGED_FRAMES:
            runs[-1] = runs[-1][0], end
        else:
            runs.append((start, end))
    spans = [_span(answers, start, end) for start, end in runs if chance[start:end].max() >= LEAST_PEAK]
    return [_grown(span, len(chance)) for span in spans]


def _grown(span: Span, count: int) -> Span:
    more = round((span.end - span.start) * GROWTH)
    return replace(span, start=max(0, span.start - more), end=min(count, span.end + more))


def _span(answers: GradualAnswers, start: int, end: int) -> Span:
    kinds: dict[Literal["dissolve", "wipe", "fade"], float] = {
        "dissolve": float(answers.dissolve[start:end].sum()),
        "wipe": float(answers.wipe[start:end].sum()),
        "fade": float(answers.fade[start:end].sum()),
    }
    chance = answers.gradual[start:end]
    return Span(max(kinds, key=lambda kind: kinds[kind]), start, end, float(chance.mean()), float(chance.max()))


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
