"""In which frames of a clip a subject is looked for: only where it acts, and away from the edges of shots."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from captioning.frames.frame_choice import chosen_frames, inside_edges, spread
from captioning.frames.sampling_settings import SamplingSettings
from captioning.protocol import ClipAnnotation
from captioning.references.settings import ReferenceSettings
from formats.clip_record import Entity
from formats.exact_time import FrameRange


def subjects_of(annotation: ClipAnnotation) -> tuple[Entity, ...]:
    """Entities that have reference images: those that are no place, camera or transition, and that act."""
    acting = {event.entity for event in annotation.events}
    return tuple(each for each in annotation.entities if each.kind == "subject" and each.id in acting)


def frames_of(
    entity: str, annotation: ClipAnnotation, shots: Sequence[FrameRange], fps: Fraction, settings: ReferenceSettings
) -> tuple[int, ...]:
    """Frames of the clip, rising. Of each shot those of ``pictures_per_shot`` evenly spaced ones that lie in an event of
    ``entity``; where none does, the middle of what its longest event there leaves inside the shot's edges, if anything. Of more
    than ``pictures_per_entity`` evenly spaced ones. Subjects that act together are looked for in the same frames.
    """
    events = [event.frames for event in annotation.events if event.entity == entity]
    grid = SamplingSettings(pictures_per_shot=settings.pictures_per_shot, edge_seconds=settings.edge_seconds)
    found: list[int] = []
    for shot in shots:
        own = [frame for frame in chosen_frames(shot, fps, grid) if any(a <= frame < b for a, b in events)]
        found += own or _middle(events, inside_edges(shot, fps, settings.edge_seconds))
    return tuple(found[i] for i in spread(len(found), settings.pictures_per_entity))


def _middle(events: Sequence[FrameRange], inner: FrameRange) -> list[int]:
    parts = [(max(a, inner[0]), min(b, inner[1])) for a, b in events]
    start, end = max(parts, key=lambda part: part[1] - part[0], default=(0, 0))
    return [(start + end) // 2] if start < end else []
