"""CineBenchSyn's annotation files: an export of the clip record, and back into entities and events.

Their files hold seconds, no frames and no shots. Hard cuts are written as there, as intervals of a hundredth of a
millisecond: an interval of no width makes no shot border in their evaluation.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formats.clip_record import ClipRecord, Entity, Event
from formats.exact_time import seconds_at
from formats.invariants import ENTITY_NAME, TRANSITION_NAMES, kind_of

CUT_SECONDS = 1e-5
EVALUATED_TRANSITION = "{shot_transition}"
"""Their evaluation tests for this name, while their text says ``{transition}``; both are read here."""

MAX_CINEBENCH_BYTES = 8 * 1024 * 1024
_OWN_TRANSITION = "{transition}"
_GLOBAL_ORDER = ("camera", "transition", "subject", "scene")

Seconds = Annotated[float, Field(allow_inf_nan=False)]


class CineBenchError(ValueError):
    """Bytes that are not a CineBenchSyn annotation."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class GlobalEntity(_Part):
    """``time_intervals`` is the union of the entity's events, in seconds."""

    name: str
    description: str = ""
    time_intervals: tuple[tuple[Seconds, Seconds], ...] = ()
    ref_image_path: str | None = None


class DenseEntity(_Part):
    """One event. ``time_intervals`` is flat here: start and end in seconds."""

    name: str
    description: str
    time_intervals: tuple[Seconds, ...]


class CineBenchClip(_Part):
    """One annotation file. ``summary`` is wrapped in literal quotation marks, as in their files."""

    global_entities: tuple[GlobalEntity, ...]
    dense_entities: tuple[DenseEntity, ...]
    summary: str | None = None


@dataclass(frozen=True)
class ImportedTimeline:
    """What a CineBenchSyn file says about a clip. ``dropped`` names, in sentences, what could not be taken over."""

    summary: str
    entities: tuple[Entity, ...]
    events: tuple[Event, ...]
    dropped: tuple[str, ...]


def export_cinebench(record: ClipRecord, *, transition_name: str = EVALUATED_TRANSITION) -> CineBenchClip:
    """``record`` as CineBenchSyn writes it: camera, transition, subjects, scenes; events sorted by time.

    Frames, shots, joins, scores, tags and origins have no place there.
    """
    ordered = sorted(record.entities, key=lambda entity: _GLOBAL_ORDER.index(entity.kind))
    rank = {entity.id: (i, entity) for i, entity in enumerate(ordered)}
    events = sorted(record.events, key=lambda event: (event.frames, rank[event.entity][0]))
    summaries = [c.text for c in record.captions if c.shot == -1 and c.kind == "summary"]

    def named(text: str) -> str:
        return text.replace(_OWN_TRANSITION, transition_name)

    return CineBenchClip(
        global_entities=tuple(
            GlobalEntity(
                name=named(entity.name),
                description=named(entity.description),
                time_intervals=_union(_interval(event) for event in events if event.entity == entity.id),
                ref_image_path=entity.reference or None,
            )
            for entity in ordered
        ),
        dense_entities=tuple(
            DenseEntity(
                name=named(rank[event.entity][1].name), description=named(event.prompt), time_intervals=_interval(event)
            )
            for event in events
        ),
        summary=f'"{named(summaries[0])}"' if summaries else None,
    )


def _interval(event: Event) -> tuple[float, float]:
    if event.frames[0] == event.frames[1]:
        return event.start, round(event.start + CUT_SECONDS, 6)
    return event.start, event.end


def _union(intervals: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def cinebench_json(clip: CineBenchClip) -> bytes:
    """The file's bytes: UTF-8, indented, absent values left out."""
    return json.dumps(clip.model_dump(exclude_none=True), ensure_ascii=False, indent=2).encode() + b"\n"


def read_cinebench(data: bytes) -> CineBenchClip:
    """The annotation in ``data``; fields that are not used here are passed over. Raises ``CineBenchError``."""
    if len(data) > MAX_CINEBENCH_BYTES:
        raise CineBenchError(f"larger than {MAX_CINEBENCH_BYTES} bytes")
    try:
        return CineBenchClip.model_validate_json(data)
    except ValidationError as error:
        raise CineBenchError(str(error)) from error


def import_cinebench(clip: CineBenchClip, *, fps: Fraction, frames: int, origin: str) -> ImportedTimeline:
    """Entities and events of a clip of ``frames`` frames at ``fps``, times rounded to the nearest frame.

    Both names of the transition are read. An event narrower than half a frame becomes an instant; only transitions may
    be one. Transitions that take time stay ranges: such a clip has soft transitions inside, which our own never do.
    """
    dropped: list[str] = []
    entities: dict[str, Entity] = {}
    for given in clip.global_entities:
        name = _own(given.name)
        match = ENTITY_NAME.fullmatch(name)
        if not match or name in entities:
            dropped.append(f"entity {given.name}: its name {'is there already' if match else 'is not snake_case'}")
            continue
        entities[name] = Entity.model_validate(
            {
                "id": match[1],
                "kind": kind_of(name),
                "name": name,
                "description": _own(given.description),
                "reference": given.ref_image_path or "",
            }
        )
    events: list[Event] = []
    for dense in clip.dense_entities:
        event = _event(dense, entities, fps, frames, origin)
        if isinstance(event, Event):
            events.append(event)
        else:
            dropped.append(f"event of {dense.name} at {list(dense.time_intervals)}: {event}")
    summary = _own(clip.summary or "")
    if len(summary) > 1 and summary[0] == summary[-1] == '"':
        summary = summary[1:-1]
    return ImportedTimeline(summary, tuple(entities.values()), tuple(events), tuple(dropped))


def _event(dense: DenseEntity, entities: dict[str, Entity], fps: Fraction, frames: int, origin: str) -> Event | str:
    """The event, or why there is none."""
    entity = entities.get(_own(dense.name))
    if entity is None:
        return "no entity of this name"
    if len(dense.time_intervals) != 2:
        return "its interval is not a start and an end"
    start, end = (min(max(_frame(seconds, fps), 0), frames) for seconds in dense.time_intervals)
    if end < start:
        return "it ends before it starts"
    if start == end and entity.kind != "transition":
        return "it lasts less than a frame of the clip"
    prompt = _own(dense.description)
    if not prompt.startswith(entity.name):
        prompt = f"{entity.name} {prompt}"
    return Event(
        entity=entity.id,
        frames=(start, end),
        start=seconds_at(start, fps),
        end=seconds_at(end, fps),
        prompt=prompt,
        origin=origin,
    )


def _frame(seconds: float, fps: Fraction) -> int:
    return math.floor(Fraction(seconds) * fps + Fraction(1, 2))


def _own(text: str) -> str:
    for name in TRANSITION_NAMES:
        text = text.replace(name, _OWN_TRANSITION)
    return text
