"""What words say that the camera does, so that they can be held against what was measured. A heuristic by word lists.

What one sees cannot always tell a pan from a sideways track, a tilt from a rise, or a zoom from a push: these count as
one family each.
"""

from __future__ import annotations

import re
from typing import Literal

Family = Literal["sideways", "upright", "depth", "roll", "static", "handheld", "moving"]
Claim = tuple[Family, str]
"""A family and a direction, empty where none is said."""

_FAMILIES: dict[Family, str] = {
    "sideways": r"pan(?:s|ned|ning)?|truck(?:s|ed|ing)?|slid(?:e|es|ing)|swing(?:s|ing)?|whip(?:s|ped|ping)?|swivel(?:s|ling|ing)?",
    "upright": r"tilt(?:s|ed|ing)?|pedestal(?:s|ling)?|cran(?:e|es|ed|ing)|boom(?:s|ed|ing)?|ris(?:e|es|ing)|descend(?:s|ing)?"
    r"|lower(?:s|ing)",
    "depth": r"zoom(?:s|ed|ing)?|push(?:es|ed|ing)?|pull(?:s|ed|ing)?|doll(?:y|ies|ied|ying)|approach(?:es|ing)?|retreat(?:s|ing)?",
    "roll": r"roll(?:s|ed|ing)?|rotat(?:e|es|ed|ing|ion)|spin(?:s|ning)?",
    "static": r"static|still|stationary|motionless|fixed|locked|unmoving|immobile",
    "handheld": r"hand-?held|shak(?:y|es|ing)|jitter(?:y|s|ing)?|wobbl(?:y|es|ing)",
    "moving": r"track(?:s|ed|ing)?|follow(?:s|ed|ing)?|orbit(?:s|ed|ing)?|circl(?:e|es|ed|ing)|arc(?:s|ed|ing)?|glid(?:e|es|ing)"
    r"|drift(?:s|ed|ing)?|fl(?:y|ies|ying)|mov(?:e|es|ed|ing)|float(?:s|ing)?|sweep(?:s|ing)?|travel(?:s|ling|ing)?",
}
_DIRECTIONS: dict[str, tuple[Family, str]] = {
    "left": ("sideways", "left"),
    "leftward": ("sideways", "left"),
    "leftwards": ("sideways", "left"),
    "right": ("sideways", "right"),
    "rightward": ("sideways", "right"),
    "rightwards": ("sideways", "right"),
    "up": ("upright", "up"),
    "upward": ("upright", "up"),
    "upwards": ("upright", "up"),
    "down": ("upright", "down"),
    "downward": ("upright", "down"),
    "downwards": ("upright", "down"),
    "in": ("depth", "in"),
    "inward": ("depth", "in"),
    "forward": ("depth", "in"),
    "forwards": ("depth", "in"),
    "closer": ("depth", "in"),
    "out": ("depth", "out"),
    "outward": ("depth", "out"),
    "back": ("depth", "out"),
    "backward": ("depth", "out"),
    "backwards": ("depth", "out"),
    "away": ("depth", "out"),
    "clockwise": ("roll", "clockwise"),
    "anticlockwise": ("roll", "anticlockwise"),
    "counterclockwise": ("roll", "anticlockwise"),
    "counter-clockwise": ("roll", "anticlockwise"),
}
_OWN_DIRECTION = {
    "rise": "up",
    "rises": "up",
    "rising": "up",
    "descend": "down",
    "descends": "down",
    "descending": "down",
}
_OWN_DIRECTION |= {"lowers": "down", "lowering": "down", "approach": "in", "approaches": "in", "approaching": "in"}
_OWN_DIRECTION |= {"retreat": "out", "retreats": "out", "retreating": "out"}
_PREPOSITIONS = ("in", "out", "back", "away", "closer")
_VERBS = {family: re.compile(pattern) for family, pattern in _FAMILIES.items()}
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_REACH = 3


def camera_claims(text: str) -> frozenset[Claim]:
    """Each word for a move, with a direction that stands within three words after it; ``left``, ``up`` and the like count as
    a claim also alone. A direction says the family: dollying left is a move sideways. ``in``, ``out`` and their like count
    only after words for a move in depth or for any move, and not before an article.
    """
    words = _WORD.findall(text.casefold())
    return frozenset(claim for i in range(len(words)) if (claim := _claim(words, i)) is not None)


def contradicts(stated: str, measured: str) -> bool:
    """Whether ``stated`` claims what ``measured`` does not say: a move of another family or direction, any move where none or
    nothing was measured, stillness where there is a move. ``moving`` alone, as in following somebody, fits any move.
    """
    known = camera_claims(measured)
    families = {family for family, _ in known}
    moves = families & {"sideways", "upright", "depth", "roll"}
    for family, direction in camera_claims(stated):
        if family == "moving":
            if not (moves or "handheld" in families):
                return True
        elif (family not in families and not (family == "handheld" and moves)) or (
            direction and (family, direction) not in known
        ):
            return True
    return False


def _claim(words: list[str], at: int) -> Claim | None:
    word = words[at]
    family = next((name for name, pattern in _VERBS.items() if pattern.fullmatch(word)), None)
    if family is None:
        return _DIRECTIONS[word] if word in _DIRECTIONS and word not in _PREPOSITIONS else None
    for place in range(at + 1, min(at + 1 + _REACH, len(words))):
        if words[place] in _DIRECTIONS and (words[place] not in _PREPOSITIONS or _is_particle(words, place, family)):
            return _DIRECTIONS[words[place]]
    return family, _OWN_DIRECTION.get(word, "")


def _is_particle(words: list[str], at: int, family: Family) -> bool:
    """ "pushes in on him" against "moves in a circle": a preposition has an article after it."""
    return family in ("depth", "moving") and words[at + 1 : at + 2] not in (["a"], ["an"], ["the"])
