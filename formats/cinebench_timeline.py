"""CineBenchSyn annotations as timelines, and timelines as annotations. What can be said in both survives both ways exactly.

What could not be taken over, and what had to be changed, is said in findings: nothing goes in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import JsonValue

from formats.cinebench import EVALUATED_TRANSITION, CineBenchClip, CineBenchError, DenseEntity, GlobalEntity
from formats.exact_time import FrameRange, format_rational
from formats.filesystem import BadNameError, checked_name
from formats.invariants import ENTITY_NAME, TRANSITION_NAMES, kind_of
from formats.timeline import Interval, Timeline, TimelineEntity, TimelineEvent

_OWN_TRANSITION = "{transition}"
_LONGEST = 86_400.0

FindingKind = Literal[
    "bad_name",
    "repeated_name",
    "dangling_event",
    "no_interval",
    "backwards",
    "outside",
    "two_spellings",
    "clamped",
    "widened",
    "name_added",
    "bad_reference",
]


@dataclass(frozen=True)
class Finding:
    """What the timeline does not say as the file did. ``kind``: ``bad_name`` to ``outside`` are left out, the rest changed."""

    kind: FindingKind
    detail: str


@dataclass(frozen=True)
class ImportedTimeline:
    timeline: Timeline
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Grid:
    fps: Fraction
    duration: float
    frames: int

    def frame(self, seconds: float) -> int:
        """The nearest, halves up."""
        return min(math.floor(Fraction(seconds) * self.fps + Fraction(1, 2)), self.frames)


def import_cinebench(
    clip: CineBenchClip, *, name: str, fps: Fraction, origin: str, duration: float | None = None
) -> ImportedTimeline:
    """``duration``: seconds; without it the latest time in the file. Both names of the transition are read, and written
    ``{transition}``; a transition shorter than a frame is a hard cut at its start.

    Raises ``CineBenchError`` for a file that says no time, or one beyond a day.
    """
    grid = _grid(clip, fps, duration)
    findings: list[Finding] = []
    entities: dict[str, TimelineEntity] = {}
    for entity in _entities(clip, grid, findings):
        first = entities.get(entity.name)
        together = first and first.model_copy(update={"presence": first.presence + entity.presence})
        entities[entity.name] = together or entity
    events = [event for dense in clip.dense_entities if (event := _event(dense, entities, grid, origin, findings))]
    timeline = Timeline(
        name=name,
        fps=format_rational(fps),
        frames=grid.frames,
        duration=grid.duration,
        summary=_own(_unquoted(clip.summary or "")),
        entities=tuple(entities.values()),
        events=tuple(events),
        also=_of_source(clip) | clip.unknown,
    )
    return ImportedTimeline(timeline, tuple(findings))


def export_timeline(timeline: Timeline, *, transition_name: str = EVALUATED_TRANSITION) -> CineBenchClip:
    """The annotation that ``timeline`` came from, or would come from: same order, same seconds."""
    names = {entity.id: entity.name for entity in timeline.entities}

    def named(text: str) -> str:
        return text.replace(_OWN_TRANSITION, transition_name)

    entities = [
        GlobalEntity.model_validate(
            {
                **entity.also,
                "name": named(entity.name),
                "description": named(entity.description),
                "time_intervals": entity.presence,
                **({"ref_image_path": entity.reference} if entity.reference else {}),
            }
        )
        for entity in timeline.entities
    ]
    dense = [
        DenseEntity.model_validate(
            {
                **event.also,
                "name": named(names[event.entity]),
                "description": named(event.prompt),
                "time_intervals": (event.start, event.end),
            }
        )
        for event in timeline.events
    ]
    summary = {"summary": f'"{named(timeline.summary)}"'} if timeline.summary else {}
    stamps = timeline.also.get("frame_timestamps")
    as_floats = {"frame_timestamps": tuple(stamps)} if isinstance(stamps, list) else {}
    return CineBenchClip.model_validate(
        {**timeline.also, **as_floats, "global_entities": tuple(entities), "dense_entities": tuple(dense), **summary}
    )


def _of_source(clip: CineBenchClip) -> dict[str, JsonValue]:
    """The fields that only annotations of real clips have, and a summary without words, where they stand."""
    stamps = clip.frame_timestamps
    values: dict[str, JsonValue] = {"data_id": clip.data_id, "frame_timestamps": None if stamps is None else [*stamps]}
    if not _unquoted(clip.summary or ""):
        values["summary"] = clip.summary
    return {name: value for name, value in values.items() if name in clip.model_fields_set}


def _grid(clip: CineBenchClip, fps: Fraction, duration: float | None) -> _Grid:
    times = [end for entity in clip.global_entities for _, end in entity.time_intervals]
    times += [seconds for dense in clip.dense_entities for seconds in dense.time_intervals]
    latest = max(times, default=0.0) if duration is None else duration
    if not 0 < latest <= _LONGEST:
        raise CineBenchError(f"its latest time is {latest:g} s: it must be above 0 and at most {_LONGEST:g}")
    return _Grid(fps, latest, max(1, math.floor(Fraction(latest) * fps + Fraction(1, 2))))


def _entities(clip: CineBenchClip, grid: _Grid, findings: list[Finding]) -> Iterator[TimelineEntity]:
    """Each name once, but the transition's where it has both spellings."""
    seen: dict[str, set[str]] = {}
    for given in clip.global_entities:
        name = _own(given.name)
        match = ENTITY_NAME.fullmatch(name)
        if match is None:
            findings.append(Finding("bad_name", f"entity {given.name}: its name is not snake_case in braces"))
            continue
        spellings = seen.setdefault(name, set())
        if given.name in spellings:
            findings.append(Finding("repeated_name", f"entity {given.name}: its name is there already"))
            continue
        if spellings:
            what = f"entity {given.name}: it is one with {name}, which has its intervals too and its own words"
            findings.append(Finding("two_spellings", what))
        spellings.add(given.name)
        yield TimelineEntity.model_validate(
            {
                "id": match[1],
                "kind": kind_of(name),
                "name": name,
                "description": _own(given.description),
                "reference": _reference(given, findings),
                "presence": tuple(_presence(given, grid, findings)),
                "also": _no_image(given) | given.unknown,
            }
        )


def _no_image(given: GlobalEntity) -> dict[str, JsonValue]:
    """A field for an image that says that there is none."""
    named = "ref_image_path" in given.model_fields_set
    return {"ref_image_path": given.ref_image_path} if named and not given.ref_image_path else {}


def _reference(given: GlobalEntity, findings: list[Finding]) -> str:
    """The bare file name, which is also all that their evaluation goes by where the path leads nowhere."""
    path = given.ref_image_path or ""
    name = re.split(r"[/\\]", path)[-1]
    try:
        bare = checked_name(name) if path else ""
    except BadNameError:
        findings.append(Finding("bad_reference", f"entity {given.name}: {path!r} names no file"))
        return ""
    if bare != path:
        findings.append(Finding("bad_reference", f"entity {given.name}: of {path!r} only the file's name is kept"))
    return bare


def _presence(given: GlobalEntity, grid: _Grid, findings: list[Finding]) -> Iterator[Interval]:
    for start, end in given.time_intervals:
        inside = _inside(start, end, grid, f"entity {given.name} at {[start, end]}", findings)
        if inside is not None:
            yield inside


def _inside(start: float, end: float, grid: _Grid, what: str, findings: list[Finding]) -> Interval | None:
    if end < start:
        findings.append(Finding("backwards", f"{what}: it ends before it starts"))
        return None
    if end < 0 or start > grid.duration:
        findings.append(Finding("outside", f"{what}: it lies outside the clip"))
        return None
    inside = (min(max(start, 0.0), grid.duration), min(max(end, 0.0), grid.duration))
    if inside != (start, end):
        findings.append(Finding("clamped", f"{what}: only {list(inside)} of it lies in the clip"))
    return inside


def _event(
    dense: DenseEntity, entities: dict[str, TimelineEntity], grid: _Grid, origin: str, findings: list[Finding]
) -> TimelineEvent | None:
    """None where it cannot be taken over."""
    what = f"event of {dense.name} at {list(dense.time_intervals)}"
    entity = entities.get(_own(dense.name))
    if entity is None:
        findings.append(Finding("dangling_event", f"{what}: no entity has this name"))
        return None
    if len(dense.time_intervals) != 2:
        findings.append(Finding("no_interval", f"{what}: its interval is not a start and an end"))
        return None
    inside = _inside(*dense.time_intervals, grid, what, findings)
    if inside is None:
        return None
    frames = _frames(inside, grid, entity.kind == "transition")
    if frames[0] == frames[1] and entity.kind != "transition":
        frames = (min(frames[0], grid.frames - 1), min(frames[0], grid.frames - 1) + 1)
        findings.append(Finding("widened", f"{what}: less than a frame of the clip, it is given one"))
    prompt = _own(dense.description)
    if not prompt.startswith(entity.name):
        prompt = f"{entity.name} {prompt}"
        findings.append(Finding("name_added", f"{what}: its words do not begin with its name"))
    return TimelineEvent(
        entity=entity.id,
        frames=frames,
        start=inside[0],
        end=inside[1],
        prompt=prompt,
        origin=origin,
        also=dense.unknown,
    )


def _frames(inside: Interval, grid: _Grid, transition: bool) -> FrameRange:
    start = grid.frame(inside[0])
    if transition and (Fraction(inside[1]) - Fraction(inside[0])) * grid.fps < 1:
        return start, start
    return start, grid.frame(inside[1])


def _unquoted(summary: str) -> str:
    return summary[1:-1] if len(summary) > 1 and summary[0] == summary[-1] == '"' else summary


def _own(text: str) -> str:
    for name in TRANSITION_NAMES:
        text = text.replace(name, _OWN_TRANSITION)
    return text
