"""Which subjects of a clip are one under two names: the rule, on boxes and words. A heuristic.

A model names who is in a clip once, over all of its shots, and may still give one person two names. Two subjects are one where

1. they act in no shot together: of such a shot the model saw pictures and said that both are there (``same_box.py`` was asked
   before);
2. no sentence names both, and their descriptions do not contradict each other (``contradiction.py``);
3. what the detector found of them is alike: the mean cosine of the surest boxes of the one's shots with those of the other's is at
   least ``least``;
4. they are more alike than any two subjects of the clip that do act together: these are two, so so much likeness says nothing here.

The most alike are joined first, and a subject joins others only where all of this holds for it with each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from captioning.protocol import ClipAnnotation
from captioning.references.contradiction import contradict
from captioning.references.stored import OneSubject
from formats.clip_record import Entity
from formats.exact_time import FrameRange

Seen = NDArray[np.float64]
"""``(S, D)``: the embedder's vectors of length 1 of a subject's surest boxes, one of each shot in which it was found."""


@dataclass(frozen=True)
class Pair:
    """Two subjects that are one, as far as these two are concerned."""

    one: str
    other: str
    likeness: float


def one_subject_each(
    annotation: ClipAnnotation, shots: Sequence[FrameRange], seen: Mapping[str, Seen], least: float
) -> tuple[OneSubject, ...]:
    """The names that are given up, in the order of the entities; of those that are one the first in that order stays. ``seen``:
    of subjects that were found."""
    names = [entity.id for entity in annotation.entities if entity.id in seen]
    acting = {name: _shots_of(annotation, name, shots) for name in names}
    pairs = [Pair(a, b, float(np.mean(seen[a] @ seen[b].T))) for a, b in combinations(names, 2)]
    together = [pair.likeness for pair in pairs if acting[pair.one] & acting[pair.other]]
    entities = {entity.id: entity for entity in annotation.entities}
    alike = [
        pair
        for pair in pairs
        if pair.likeness >= least
        and all(pair.likeness > two for two in together)  # so no pair that acts together: it is one of these
        and not told_apart(entities[pair.one], entities[pair.other], annotation)
    ]
    return joined(names, alike)


def _shots_of(annotation: ClipAnnotation, name: str, shots: Sequence[FrameRange]) -> set[int]:
    events = [event.frames for event in annotation.events if event.entity == name]
    return {i for i, (start, end) in enumerate(shots) if any(a < end and b > start for a, b in events)}


def told_apart(one: Entity, other: Entity, annotation: ClipAnnotation) -> bool:
    """By words: a sentence names both, or what is said of them contradicts itself."""
    texts = (
        *(event.prompt for event in annotation.events),
        *(entity.description for entity in annotation.entities),
        *(caption.text for caption in annotation.captions),
    )
    if any(one.name in text and other.name in text for text in texts):
        return True
    return contradict(one.description, other.description) or contradict(one.id, other.id)


def joined(names: Sequence[str], alike: Sequence[Pair]) -> tuple[OneSubject, ...]:
    """The most alike first; a subject joins others only where it makes a pair with each. The first of ``names`` stays."""
    likeness = {frozenset((pair.one, pair.other)): pair.likeness for pair in alike}
    groups = {name: [name] for name in names}
    for pair in sorted(alike, key=lambda pair: (-pair.likeness, pair.one, pair.other)):
        first, second = groups[pair.one], groups[pair.other]
        if first is second or not all(frozenset((a, b)) in likeness for a in first for b in second):
            continue
        group = sorted(first + second, key=names.index)
        groups.update(dict.fromkeys(group, group))
    return tuple(
        OneSubject(entity=groups[name][0], also=name, likeness=_greatest(name, groups[name], likeness))
        for name in names
        if groups[name][0] != name
    )


def _greatest(name: str, group: Sequence[str], likeness: Mapping[frozenset[str], float]) -> float:
    return round(max(likeness[frozenset((name, other))] for other in group if other != name), 4)
