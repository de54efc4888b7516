"""A timeline, ``shotloom.timeline/1``: what shall happen when in a video that may not exist yet.

It says in entities and events what the clip record says of a clip, without source, shots and pixels. Unlike a clip it may hold soft
transitions: a ``{transition}`` event that takes time. Seconds are as they were written; frames are on the grid of ``fps``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from formats.clip_record import Rate
from formats.exact_time import FrameRange, parse_rational
from formats.filesystem import checked_name
from formats.invariants import ENTITY_NAME, kind_of

TIMELINE_SUFFIX = ".timeline.json"
MAX_TIMELINE_BYTES = 16 * 1024 * 1024

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Interval = tuple[Seconds, Seconds]


def _bare_name(name: str) -> str:
    """Of a file in one folder: a name from a stranger leads to no other."""
    if "/" in name:
        raise ValueError(f"{name!r} is not a file's bare name")
    return checked_name(name) if name else name


class TimelineError(ValueError):
    """Bytes that are not a timeline."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimelineEntity(_Part):
    """``name`` is ``id`` in braces. ``reference``: the bare name of an image in ``references/`` beside the timelines, or empty.
    ``presence``: when it is there, as far as that is said apart from its events. ``also``: what the file it came from said
    besides."""

    id: str
    kind: Literal["subject", "scene", "camera", "transition"]
    name: str
    description: str
    reference: Annotated[str, AfterValidator(_bare_name)]
    presence: tuple[Interval, ...]
    also: dict[str, JsonValue] = {}


class TimelineEvent(_Part):
    """``entity`` is an entity's id. An instant (``frames`` empty) is a hard cut; no other entity has instants."""

    entity: str
    frames: FrameRange
    start: Seconds
    end: Seconds
    prompt: str
    origin: str
    also: dict[str, JsonValue] = {}


class Timeline(_Part):
    """``duration`` in seconds, ``frames`` its nearest whole number of frames. Raises ``ValueError`` (pydantic's) where the
    parts do not fit each other."""

    schema_name: Annotated[Literal["shotloom.timeline/1"], Field(alias="schema")] = "shotloom.timeline/1"
    name: str
    fps: Rate
    frames: int = Field(ge=1)
    duration: Seconds
    summary: str
    entities: tuple[TimelineEntity, ...]
    events: tuple[TimelineEvent, ...]
    also: dict[str, JsonValue] = {}

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        parse_rational(self.fps)
        kinds = {entity.id: entity.kind for entity in self.entities}
        if len(kinds) != len(self.entities):
            raise ValueError("entities must have different names")
        for entity in self.entities:
            match = ENTITY_NAME.fullmatch(entity.name)
            if match is None or match[1] != entity.id or entity.kind != kind_of(entity.name):
                raise ValueError(f"entity {entity.id!r}: its name must be the id in braces, and of its kind")
        for number, event in enumerate(self.events):
            self._check_event(event, kinds, f"events[{number}]")
        return self

    def _check_event(self, event: TimelineEvent, kinds: Mapping[str, str], at: str) -> None:
        if event.entity not in kinds:
            raise ValueError(f"{at}: no entity has the id {event.entity!r}")
        if event.frames[1] > self.frames or not event.start <= event.end <= self.duration:
            raise ValueError(f"{at}: must lie within the timeline, in frames and in seconds")
        if event.frames[0] == event.frames[1] and kinds[event.entity] != "transition":
            raise ValueError(f"{at}: only a transition may be an instant")

    @property
    def cuts(self) -> tuple[int, ...]:
        """Frames at which a new shot begins after a hard cut, rising."""
        found = {event.frames[0] for event in self._transitions() if event.frames[0] == event.frames[1]}
        return tuple(sorted(frame for frame in found if 0 < frame < self.frames))

    @property
    def soft_transitions(self) -> tuple[FrameRange, ...]:
        """Ranges of dissolves, fades and the like, rising; at 0 a fade in, at the end a fade out."""
        return tuple(sorted({event.frames for event in self._transitions() if event.frames[0] < event.frames[1]}))

    def _transitions(self) -> tuple[TimelineEvent, ...]:
        return tuple(event for event in self.events if event.entity == "transition")


def timeline_json(timeline: Timeline) -> bytes:
    """UTF-8, indented by one. Equal timelines, equal bytes."""
    return timeline.model_dump_json(indent=1).encode() + b"\n"


def read_timeline(data: bytes) -> Timeline:
    """Raises ``TimelineError``."""
    if len(data) > MAX_TIMELINE_BYTES:
        raise TimelineError(f"larger than {MAX_TIMELINE_BYTES} bytes")
    try:
        return Timeline.model_validate_json(data, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TimelineError(f"{place}: {first['msg']}" if place else first["msg"]) from error
