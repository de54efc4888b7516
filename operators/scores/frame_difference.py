"""How much neighbouring frames differ, whatever the cause."""

from __future__ import annotations

from operators.scores.score import Score
from operators.signals import FULL_SCALE, Signals, from_byte

FRAME_DIFFERENCE = Score(
    name="frame_difference",
    method="frame-difference/1",
    unit="levels of 255",
    low=0.0,
    high=255.0,
    rule="mean",
    source="ours",
    meaning="mean absolute RGB difference of neighbouring frames at 48x27: camera, things and light alike",
)


def frame_difference(signals: Signals, start: int, end: int) -> float | None:
    """Of frames ``[start, end)``; ``None`` of a single one."""
    if end - start < 2:
        return None
    return float(from_byte(signals.difference[start + 1 : end], FULL_SCALE["difference"]).mean())
