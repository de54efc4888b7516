"""Time as integers: frame ranges are half-open, rates and time bases are rationals. Seconds are derived, never stored."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator

_RATIONAL = re.compile(r"[0-9]{1,10}/[1-9][0-9]{0,9}")


def _ordered(frames: tuple[int, int]) -> tuple[int, int]:
    start, end = frames
    if start < 0 or end < start:
        raise ValueError(f"a half-open range needs 0 <= start <= end, got [{start}, {end}]")
    return frames


def _rational_text(text: str) -> str:
    parse_rational(text)
    return text


FrameRange = Annotated[tuple[int, int], AfterValidator(_ordered)]
"""Frames ``[start, end)``: start inclusive, end exclusive. ``start == end`` is an instant between two frames."""

PtsRange = tuple[int, int]
"""Presentation timestamps ``[start, end)`` in ticks of the stream's time base; may be negative."""

Rational = Annotated[str, AfterValidator(_rational_text)]
"""``"numerator/denominator"``, as in ``"24000/1001"``."""


def parse_rational(text: str) -> Fraction:
    """``"24000/1001"`` as a ``Fraction``. Raises ``ValueError`` for any other form."""
    if not _RATIONAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a rational of the form '24000/1001'")
    numerator, denominator = text.split("/")
    return Fraction(int(numerator), int(denominator))


def format_rational(value: Fraction) -> str:
    """A ``Fraction`` in the written form, whole numbers included: ``"24/1"``."""
    return f"{value.numerator}/{value.denominator}"


def seconds_at(frame: int, fps: Fraction) -> float:
    """The instant at which ``frame`` begins, in seconds, rounded half to even at six decimals."""
    return float(round(Fraction(frame) / fps, 6))
