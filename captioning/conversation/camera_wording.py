"""What a model may add to measured words: how a move is made, the shot's size and angle, what a cut goes from and to. The
measured words always stand first and whole, so nothing that is added can change a border or a direction.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from captioning.answers.shot_answer import STYLE_LENGTH, Angle, Framing
from captioning.answers.story_answer import CUT_LENGTH
from captioning.faults.camera_claims import camera_claims, contradicts
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_phrase

_ANGLES: dict[Angle, str] = {
    "eye level": "at eye level",
    "low angle": "from a low angle",
    "high angle": "from a high angle",
    "overhead": "from overhead",
    "ground level": "at ground level",
    "Dutch angle": "at a Dutch angle",
    "over the shoulder": "over the shoulder",
    "point of view": "as a point of view",
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_CAMERA = re.compile(
    r"\b(?:the|a handheld|a moving|a steady)\s+camera\b|\bcamera\s+(?:movement|motion|move|work)", re.IGNORECASE
)
_SOFT = re.compile(
    r"\b(?:cross-?|cross |fade-)?(?:dissolv|fad(?:e|es|ed|ing)\b|wip(?:e|es|ed|ing)\b|morph|blend|melt|whip|swish|iris\b"
    r"|overlap|superimpos)",
    re.IGNORECASE,
)
_CUT_TALK = re.compile(
    r"\b(?:the|this)\s+(?:scene|shot|video|view|clip|film|footage|image|camera)\s+(?:then\s+|now\s+|suddenly\s+)?"
    r"(?:cuts?|fades?|dissolves?|transitions?|switch(?:es)?|jumps?)\b"
    r"|\b(?:in|to)\s+(?:the\s+(?:next|previous|second|following|other)|another)\s+shot\b",
    re.IGNORECASE,
)
_CUT_STARTS = ("from ", "to ")


def move_style(words: str, where: str, measured: str, rules: TextRules) -> Reading[str]:
    """A few words on how a move is made, to stand after ``measured``; empty where there are none that can be used."""
    log = FaultLog()
    phrase = log.take(_usable(words, where, rules, STYLE_LENGTH)) or ""
    if contradicts(phrase, measured):
        log.add("contradicts_measurement", where)
        phrase = ""
    return log.reading(phrase)


def cut_words(words: str, where: str, rules: TextRules) -> Reading[str]:
    """``"from the man to the street"``; empty where there is nothing that can be used."""
    log = FaultLog()
    phrase = log.take(_usable(words, where, rules, CUT_LENGTH)) or ""
    if _SOFT.search(phrase):
        log.add("contradicts_measurement", where)
        phrase = ""
    elif phrase and not phrase.startswith(_CUT_STARTS):
        log.add("unusable_words", where)
        phrase = ""
    return log.reading(phrase)


def worded_move(measured: str, framing: Framing, angle: Angle, style: str) -> str:
    """``"{camera} pans left slowly in a medium close-up from a low angle, smoothly."``"""
    size = f"{framing} shot" if framing == "insert" else framing
    article = "an" if size[0] in "aeiou" else "a"
    return f"{measured.rstrip('.')} in {article} {size} {_ANGLES[angle]}{f', {style}' if style else ''}."


def worded_cut(measured: str, words: str) -> str:
    """``"{transition} is a hard cut from the man to the street."``"""
    return f"{measured.rstrip('.')} {words}." if words else measured


def without_camera_talk(text: str, where: str) -> Reading[str]:
    """A caption without the sentences that say how the camera moves, where others are left."""
    return _without(text, where, _tells_a_move)


def without_shot_talk(text: str, where: str) -> Reading[str]:
    """The same of a shot's caption, also without those that tell of a cut: there is none in a shot."""
    return _without(text, where, lambda sentence: _tells_a_move(sentence) or _CUT_TALK.search(sentence) is not None)


def _tells_a_move(sentence: str) -> bool:
    return _CAMERA.search(sentence) is not None and bool(camera_claims(sentence))


def _without(text: str, where: str, unwanted: Callable[[str], bool]) -> Reading[str]:
    log = FaultLog()
    sentences = _SENTENCE.split(text)
    kept = [sentence for sentence in sentences if not unwanted(sentence)]
    if kept and len(kept) < len(sentences):
        log.add("camera_talk", where)
        return log.reading(" ".join(kept))
    return log.reading(text)


def _usable(words: str, where: str, rules: TextRules, most: int) -> Reading[str]:
    log = FaultLog()
    if not words.strip():
        return log.reading("")
    reading = checked_phrase(words, where, rules, most)
    if reading.value is None:
        log.add("unusable_words", where)
        return log.reading("")
    phrase = (log.take(reading) or "").rstrip(".!?,;: ")
    return log.reading(phrase[:1].lower() + phrase[1:])
