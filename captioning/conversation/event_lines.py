"""The events of one entity over a clip, from what was read of each shot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from captioning.faults.found import FaultLog, Reading
from formats.exact_time import FrameRange


@dataclass(frozen=True)
class EntityEvent:
    """``frames`` in the clip; ``prompt`` begins with the entity's name in braces."""

    frames: FrameRange
    prompt: str


def joined_in_shot(events: Iterable[EntityEvent], where: str) -> Reading[tuple[EntityEvent, ...]]:
    """In order of time; the same sentence at times that touch or overlap is one event."""
    log = FaultLog()
    joined: list[EntityEvent] = []
    for event in sorted(events, key=lambda e: (e.frames, e.prompt)):
        same = next((i for i, other in enumerate(joined) if _continues(other, event)), None)
        if same is None:
            joined.append(event)
        else:
            log.add("repeated_event", where)
            joined[same] = _over_both(joined[same], event)
    return log.reading(tuple(joined))


def joined_over_cuts(shots: Iterable[tuple[EntityEvent, ...]]) -> tuple[EntityEvent, ...]:
    """``shots``: an entity's events shot by shot, none where it is not visible. An event spans a cut only if the entity is
    visible on both sides of it, and said in the same words to do the same up to the cut and from it on. All others end at
    their shot's edge.
    """
    line: list[EntityEvent] = []
    for events in shots:
        for event in events:
            before = next((i for i, other in enumerate(line) if _meets(other, event)), None)
            if before is None:
                line.append(event)
            else:
                line[before] = _over_both(line[before], event)
    return tuple(sorted(line, key=lambda e: (e.frames, e.prompt)))


def _continues(earlier: EntityEvent, later: EntityEvent) -> bool:
    return earlier.prompt.casefold() == later.prompt.casefold() and later.frames[0] <= earlier.frames[1]


def _meets(earlier: EntityEvent, later: EntityEvent) -> bool:
    return earlier.prompt.casefold() == later.prompt.casefold() and later.frames[0] == earlier.frames[1]


def _over_both(one: EntityEvent, other: EntityEvent) -> EntityEvent:
    return EntityEvent((min(one.frames[0], other.frames[0]), max(one.frames[1], other.frames[1])), one.prompt)
