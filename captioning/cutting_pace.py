"""How fast a clip is cut, by the mean length of its shots. Limits are a rule of thumb of ours."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from formats.exact_time import FrameRange

FAST_BELOW, SLOW_FROM = Fraction(2), Fraction(6)
"""Mean shot length in seconds."""


def pace_word(shots: Sequence[FrameRange], fps: Fraction) -> str:
    """A value of ``Events -> Advanced Controls -> Rhythm -> Pace``; empty in between, and for a clip without a cut."""
    if len(shots) < 2:
        return ""
    mean = Fraction(shots[-1][1] - shots[0][0], len(shots)) / fps
    if mean < FAST_BELOW:
        return "Fast"
    return "Slow" if mean >= SLOW_FROM else ""
