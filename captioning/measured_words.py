"""Plain sentences about what was measured. Templates only: the same numbers always give the same words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from captioning.camera_moves import CameraMove
from captioning.camera_words import move_phrase
from captioning.picture_tone import HIGH_CONTRAST, LOW_CONTRAST, Tone, brightness_word

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MOST_MOVES = 4


def shot_text(seconds: Fraction, tone: Tone, moves: tuple[CameraMove, ...]) -> str:
    """``"A dark shot of low contrast, 4.92 seconds long, mostly blue and grey; the camera pans left slowly."``"""
    return (
        f"A {brightness_word(tone.brightness)} shot{_contrast_words(tone.contrast)}, {_in_words(seconds)} long, "
        f"mostly {' and '.join(tone.colours)}; {_camera_words(moves)}."
    )


def summary_text(seconds: Sequence[Fraction], shot_texts: Sequence[str]) -> str:
    """Count and length first, then every shot in order."""
    total = _in_words(sum(seconds, Fraction(0)))
    if len(shot_texts) == 1:
        return f"One shot over {total}. {shot_texts[0]}"
    joined = "a hard cut" if len(shot_texts) == 2 else "hard cuts"
    count = _COUNTS[len(shot_texts)] if len(shot_texts) < len(_COUNTS) else str(len(shot_texts))
    told = " ".join(f"Shot {i}: {_lower_first(text)}" for i, text in enumerate(shot_texts, start=1))
    return f"{count.capitalize()} shots over {total}, joined by {joined}. {told}"


def _in_words(seconds: Fraction) -> str:
    text = f"{float(round(seconds, 2)):g}"
    return f"{text} second" if text == "1" else f"{text} seconds"


def _contrast_words(contrast: float) -> str:
    if contrast < LOW_CONTRAST:
        return " of low contrast"
    return " of high contrast" if contrast >= HIGH_CONTRAST else ""


def _camera_words(moves: tuple[CameraMove, ...]) -> str:
    said = [move_phrase(move) for move in moves[:_MOST_MOVES]]
    rest = len(moves) - len(said)
    if rest:
        said.append(f"moves {rest} more {'time' if rest == 1 else 'times'}")
    return f"the camera {', then '.join(said)}"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
