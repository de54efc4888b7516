"""A clip of ours as CineBenchSyn annotates one: camera, transition, subjects, scenes; events sorted by time.

Shots, joins, scores, tags and origins have no place there. Hard cuts are written as there, as intervals of a hundredth of a
millisecond.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction

from formats.cinebench import CUT_SECONDS, EVALUATED_TRANSITION, CineBenchClip, DenseEntity, GlobalEntity, Interval
from formats.clip_record import ClipRecord, Event
from formats.exact_time import parse_rational

_OWN_TRANSITION = "{transition}"
_GLOBAL_ORDER = ("camera", "transition", "subject", "scene")
_TIMESTAMPS_PER_SECOND = 15


def export_cinebench(record: ClipRecord, *, transition_name: str = EVALUATED_TRANSITION) -> CineBenchClip:
    """``transition_name``: what ``{transition}`` is called there, in braces."""
    ordered = sorted(record.entities, key=lambda entity: _GLOBAL_ORDER.index(entity.kind))
    rank = {entity.id: (i, entity) for i, entity in enumerate(ordered)}
    events = sorted(record.events, key=lambda event: (event.frames, rank[event.entity][0]))
    summaries = [c.text for c in record.captions if c.shot == -1 and c.kind == "summary"]
    duration = record.video.duration

    def named(text: str) -> str:
        return text.replace(_OWN_TRANSITION, transition_name)

    entities = [
        GlobalEntity.model_validate(
            {
                "name": named(entity.name),
                "description": named(entity.description),
                "time_intervals": _union(_interval(event, duration) for event in events if event.entity == entity.id),
                **({"ref_image_path": entity.reference} if entity.reference else {}),
            }
        )
        for entity in ordered
    ]
    dense = [
        DenseEntity(
            name=named(rank[event.entity][1].name),
            description=named(event.prompt),
            time_intervals=_interval(event, duration),
        )
        for event in events
    ]
    said = {"summary": f'"{named(summaries[0])}"'} if summaries else {}
    return CineBenchClip.model_validate(
        {
            "global_entities": tuple(entities),
            "dense_entities": tuple(dense),
            **said,
            "data_id": hashlib.md5(record.key.encode(), usedforsecurity=False).hexdigest(),
            "frame_timestamps": source_seconds(record),
        }
    )


def source_seconds(record: ClipRecord) -> tuple[float, ...]:
    """Seconds in the source at steps of 1/15 s of the clip, at six decimals: where the picture then shown comes from."""
    rate, tick = parse_rational(record.video.fps), parse_rational(record.source.time_base)
    found = []
    shots = iter(record.shots)
    shot = next(shots)
    for step in range(int(Fraction(record.video.frames, 1) / rate * _TIMESTAMPS_PER_SECOND)):
        clip = Fraction(step, _TIMESTAMPS_PER_SECOND)
        while clip >= shot.frames[1] / rate:
            shot = next(shots)
        found.append(float(round(shot.source_pts[0] * tick + clip - shot.frames[0] / rate, 6)))
    return tuple(found)


def _interval(event: Event, duration: float) -> Interval:
    """A cut is widened, but not beyond the clip's end."""
    if event.frames[0] == event.frames[1]:
        return event.start, min(round(event.start + CUT_SECONDS, 6), duration)
    return event.start, event.end


def _union(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
