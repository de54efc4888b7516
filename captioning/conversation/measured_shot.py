"""A shot with what was measured of its camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from captioning.frames.sampled_clip import SampledClip, SampledShot
from formats.clip_record import Event


@dataclass(frozen=True)
class MeasuredShot:
    """A shot's pictures and the ``{camera}`` events that were measured in it, in order."""

    shot: SampledShot
    moves: tuple[Event, ...]


def measured_shots(clip: SampledClip, events: Iterable[Event]) -> Iterator[MeasuredShot]:
    """Each shot of ``clip`` with those of ``events`` that are of the camera and start in it."""
    moves = sorted((event for event in events if event.entity == "camera"), key=lambda event: event.frames)
    for shot in clip.shots:
        start, end = shot.frames
        yield MeasuredShot(shot, tuple(event for event in moves if start <= event.frames[0] < end))
