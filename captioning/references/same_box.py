"""Which subjects that act together are one under two names: the rule, on boxes and words. A heuristic.

A model that gave one person two names may say of both that they are there whenever the person is. Two subjects that act in one shot
are one only where

1. in every frame in which both are looked for, at least ``LEAST_FRAMES``, the detector finds both, in one box and in no other: each
   box of either covers the first one's surest by ``SAME_BOX``;
2. their words say that they are of one being, a person or a dog, and do not tell them apart.

So a woman and her dress stay two, and so do two men of whom the detector cannot say which is which: it finds two boxes then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from captioning.protocol import ClipAnnotation
from captioning.references.boxes import overlap
from captioning.references.choice import SAME_BOX, Candidate
from captioning.references.contradiction import of_one_being
from captioning.references.identity import Pair, joined, told_apart
from captioning.references.stored import OneSubject

LEAST_FRAMES = 2


@dataclass(frozen=True)
class LookedFor:
    """``frames``: those in which each subject was looked for; ``found``: all boxes of all."""

    frames: Mapping[str, Sequence[int]]
    found: Sequence[Candidate]


def one_box_each(annotation: ClipAnnotation, looked: LookedFor) -> tuple[OneSubject, ...]:
    """The names that are given up, as ``identity.one_subject_each`` says; ``likeness`` is the least overlap of their boxes."""
    entities = {entity.id: entity for entity in annotation.entities if entity.id in looked.frames}
    boxes: dict[tuple[str, int], list[Candidate]] = {}
    for each in looked.found:
        boxes.setdefault((each.entity, each.frame), []).append(each)
    pairs = []
    for one, other in combinations(entities.values(), 2):
        shared = sorted(set(looked.frames[one.id]) & set(looked.frames[other.id]))
        overlaps = [
            least for frame in shared for least in _overlaps(boxes.get((one.id, frame)), boxes.get((other.id, frame)))
        ]
        if (
            len(shared) >= LEAST_FRAMES
            and min(overlaps) >= SAME_BOX
            and of_one_being(f"{one.id} {one.description}", f"{other.id} {other.description}")
            and not told_apart(one, other, annotation)
        ):
            pairs.append(Pair(one.id, other.id, min(overlaps)))
    return joined(list(entities), pairs)


def _overlaps(one: Sequence[Candidate] | None, other: Sequence[Candidate] | None) -> Iterator[float]:
    """Of every box of both with the surest of ``one``; 0 where either was not found."""
    if not one or not other:
        yield 0.0
        return
    surest = max(one, key=lambda each: each.found.confidence)
    yield from (overlap(surest.found.box, each.found.box) for each in (*one, *other))
