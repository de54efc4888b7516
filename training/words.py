"""What is said of a video to be trained on or made: of a window of a clip, or of a timeline. Names are still in braces."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class SpokenEntity:
    """``name`` is written with braces, ``{woman_red}``; camera and transition are entities like others."""

    id: str
    name: str
    description: str


@dataclass(frozen=True)
class SpokenEvent:
    """``entity`` is an entity's id; ``start`` and ``end`` in seconds from the video's first frame."""

    entity: str
    start: Fraction
    end: Fraction
    prompt: str


@dataclass(frozen=True)
class ClipWords:
    """``summary`` is None where nothing true of the whole video is known. ``captions``: one per shot, empty where there is none."""

    summary: str | None
    captions: tuple[str, ...]
    entities: tuple[SpokenEntity, ...]
    events: tuple[SpokenEvent, ...]
