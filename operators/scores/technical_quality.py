"""Technical quality: a rule of thumb over what is measured, no judge of beauty and no trained model.

The geometric mean of five parts, each between 0 and 1: sharpness s / (s + 0.3); contrast c / (c + 25); the share of the
picture that is not clipped, times brightness b / (b + 20), so that a picture in the dark counts less; freedom from noise
10 / (10 + n); freedom from blocks 1 / (1 + k). One bad part pulls the whole down; what was not measured is left out.
The constants are ours, set by hand at about what an ordinary film has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from operators.scores.blockiness import BLOCKINESS
from operators.scores.exposure import BRIGHTNESS, CLIPPED_BRIGHT, CLIPPED_DARK, CONTRAST
from operators.scores.noise import NOISE
from operators.scores.score import Score
from operators.scores.sharpness import SHARPNESS

TECHNICAL_QUALITY = Score(
    name="technical_quality",
    method="technical-quality-heuristic/1",
    unit="",
    low=0.0,
    high=1.0,
    rule="mean",
    source="ours",
    meaning="geometric mean of sharpness, contrast, exposure, freedom from noise and from blocks; says nothing of beauty",
    heuristic=True,
)
_SMALLEST = 1e-3


def technical_quality(scores: Mapping[str, float]) -> float | None:
    """From scores by name; ``None`` where the picture was not looked at."""
    if BRIGHTNESS.name not in scores:
        return None
    clipped = min(1.0, scores[CLIPPED_DARK.name] + scores[CLIPPED_BRIGHT.name])
    parts = [_saturating(scores[CONTRAST.name], 25.0), (1 - clipped) * _saturating(scores[BRIGHTNESS.name], 20.0)]
    if SHARPNESS.name in scores:
        parts.append(_saturating(scores[SHARPNESS.name], 0.3))
    if NOISE.name in scores:
        parts.append(1 - _saturating(scores[NOISE.name], 10.0))
    if BLOCKINESS.name in scores:
        parts.append(1 - _saturating(scores[BLOCKINESS.name], 1.0))
    return math.exp(math.fsum(math.log(max(part, _SMALLEST)) for part in parts) / len(parts))


def _saturating(value: float, half: float) -> float:
    """0 at 0, a half at ``half``, towards 1."""
    return value / (value + half)
