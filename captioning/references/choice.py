"""Which box of which frame becomes a subject's reference image: the rule, on numbers alone. A heuristic.

1. A box whose shorter side is under ``min_side`` is out.
2. A box is out that another subject's box in the same frame covers (overlap at least ``SAME_BOX``) with more confidence: one
   person is not two.
3. Of the others those count whose confidence is at least ``SURE_ENOUGH`` of the surest one's: size must not beat identity.
4. With an embedder, of a subject that is found in several shots: a box's likeness is the mean cosine of what it shows with the
   surest boxes of the other shots. Those count that are at most ``ALIKE`` less like than the one most like: the image is of whom
   the other shots show too.
5. The largest and sharpest of these is taken: area times sharpness, half of it where the box touches the picture's edge. Of
   equals the earliest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from captioning.references.boxes import FoundBox, area, overlap, shorter_side

SAME_BOX = 0.7
SURE_ENOUGH = 0.8
ALIKE = 0.1

Missing = Literal["no_frame", "no_box", "too_small", "taken_for_another"]
"""Why a subject has no image: no frame in which it may be looked for; nothing found; only small boxes; only boxes that are
another subject's."""


@dataclass(frozen=True)
class Candidate:
    """``shot``: that of the ``frame``. ``sharpness`` as in ``crop.py``; ``cut_off``: the box touches the picture's edge.
    ``vector``: an embedder's of what the box shows, of length 1; empty without one."""

    entity: str
    shot: int
    frame: int
    found: FoundBox
    sharpness: float
    cut_off: bool
    vector: tuple[float, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The images that are taken, each with its likeness (0 where there is nothing to compare), and of the other subjects why
    there is none; both in the order of ``looked_for``."""

    taken: tuple[tuple[Candidate, float], ...]
    missing: tuple[tuple[str, Missing], ...]


def choose(candidates: Sequence[Candidate], looked_for: Sequence[tuple[str, int]], min_side: int) -> Choice:
    """``looked_for``: every subject and in how many frames. The order of ``candidates`` does not matter."""
    large, own = _large(candidates, min_side), _own(candidates, min_side)
    taken: list[tuple[Candidate, float]] = []
    missing: list[tuple[str, Missing]] = []
    for entity, frames in looked_for:
        mine = [each for each in own if each.entity == entity]
        if mine:
            taken.append(_best(mine))
        elif not frames:
            missing.append((entity, "no_frame"))
        elif not any(each.entity == entity for each in candidates):
            missing.append((entity, "no_box"))
        else:
            small = not any(each.entity == entity for each in large)
            missing.append((entity, "too_small" if small else "taken_for_another"))
    return Choice(tuple(taken), tuple(missing))


def seen_by_shot(candidates: Sequence[Candidate], min_side: int) -> dict[str, NDArray[np.float64]]:
    """Of every subject that was found the vectors of its surest boxes, ``(S, D)``, one of each shot, by rules 1 to 3. Nothing
    without an embedder."""
    found: dict[str, NDArray[np.float64]] = {}
    for entity, mine in groupby(
        sorted(_own(candidates, min_side), key=lambda each: each.entity), key=lambda each: each.entity
    ):
        surest = _surest(_sure(list(mine)))
        if all(each.vector for each in surest.values()):
            found[entity] = np.array([each.vector for each in surest.values()])
    return found


def _large(candidates: Sequence[Candidate], min_side: int) -> list[Candidate]:
    return [each for each in candidates if shorter_side(each.found.box) >= min_side]


def _own(candidates: Sequence[Candidate], min_side: int) -> list[Candidate]:
    large = _large(candidates, min_side)
    return [each for each in large if not any(_has_it(other, each) for other in large)]


def _sure(candidates: Sequence[Candidate]) -> list[Candidate]:
    surest = max(each.found.confidence for each in candidates)
    return [each for each in candidates if each.found.confidence >= SURE_ENOUGH * surest]


def _surest(sure: Sequence[Candidate]) -> dict[int, Candidate]:
    """Of each shot."""
    ordered = sorted(sure, key=lambda each: (each.shot, -each.found.confidence, each.frame, each.found.box))
    return {shot: next(of_shot) for shot, of_shot in groupby(ordered, key=lambda each: each.shot)}


def _has_it(other: Candidate, each: Candidate) -> bool:
    if other.entity == each.entity or other.frame != each.frame:
        return False
    surer = (other.found.confidence, each.entity) > (each.found.confidence, other.entity)
    return surer and overlap(other.found.box, each.found.box) >= SAME_BOX


def _best(candidates: Sequence[Candidate]) -> tuple[Candidate, float]:
    sure = _sure(candidates)
    likenesses = _likenesses(sure)
    most = max(likenesses)
    alike = [(each, like) for each, like in zip(sure, likenesses, strict=True) if like >= most - ALIKE]
    return min(alike, key=lambda pair: (-_worth(pair[0]), pair[0].frame, pair[0].found.box))


def _likenesses(sure: Sequence[Candidate]) -> list[float]:
    """Of each with the other shots; zeros where there are none, or no vectors."""
    surest = {shot: np.array(each.vector) for shot, each in _surest(sure).items()}
    if len(surest) < 2 or not all(each.vector for each in sure):
        return [0.0] * len(sure)
    return [
        float(np.mean([np.array(each.vector) @ vector for shot, vector in surest.items() if shot != each.shot]))
        for each in sure
    ]


def _worth(each: Candidate) -> float:
    return area(each.found.box) * each.sharpness * (0.5 if each.cut_off else 1.0)
