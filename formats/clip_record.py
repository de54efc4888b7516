"""The clip record, ``shotloom.clip/1``: one JSON per clip, the shared primitive of Shotloom.

Field names and meanings are fixed within a major version. Readers keep fields that they do not know; adding one is a
minor change. Cross-field rules are in ``formats/invariants.py`` and are checked on write and on read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from formats.exact_time import FrameRange, PtsRange, Rational
from formats.film_scan import PictureBox, TransitionKind

SCHEMA = "shotloom.clip/1"

KEY_PATTERN = r"^[0-9a-z-]+$"
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Rate = Annotated[Rational, Field(json_schema_extra={"pattern": r"^[0-9]{1,10}/[1-9][0-9]{0,9}$"})]
Origin = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class Source(_Part):
    """``frames`` spans the first shot's first frame to the last shot's end, transitions included. ``metadata`` is a JSON
    object in text: what the list of films said of this one, ``{}`` if it said nothing. ``width`` x ``height`` is its display
    size (upright, square pixels), and ``picture`` the ``[left, top, right, bottom]`` of it inside black bars, over all shots
    of the clip; zeros in records that were written before these were.
    """

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    uri: str
    stream: int
    time_base: Rate
    fps: Rate
    vfr: bool
    frames: FrameRange
    license: str
    attribution: str
    url: str
    metadata: str = "{}"
    width: int = 0
    height: int = 0
    picture: PictureBox = (0, 0, 0, 0)


class Video(_Part):
    """``duration`` in seconds, derived from ``frames`` and ``fps``. ``crop`` is the ``[left, top, right, bottom]`` of the
    source's display size that the clip shows, scaled to ``width`` x ``height``; zeros in records written before it was."""

    fps: Rate
    frames: int
    width: int
    height: int
    duration: float
    crop: PictureBox = (0, 0, 0, 0)


class Audio(_Part):
    """``codec == ""`` means the clip has no audio."""

    codec: str
    channels: int
    rate: int


class Shot(_Part):
    """``frames`` in the clip; ``source_frames`` and ``source_pts`` in the source. All half-open."""

    index: int
    frames: FrameRange
    source_frames: FrameRange
    source_pts: PtsRange


class Join(_Part):
    """What was between two shots in the source and was left out of the clip."""

    after_shot: int
    kind: TransitionKind
    source_frames: FrameRange
    confidence: float


class Caption(_Part):
    """``shot == -1`` speaks of the whole clip."""

    shot: int
    kind: str
    text: str
    origin: Origin


class Entity(_Part):
    """``name`` is written with braces: ``{camera}``, ``{transition}``, ``{woman_red}``, ``{scene_pier}``. ``reference``: the name
    of its image among the record's ``references``, empty where it has none."""

    id: str
    kind: Literal["subject", "scene", "camera", "transition"]
    name: str
    description: str
    reference: str


class Event(_Part):
    """The primitive: one entity acts over an interval. ``start`` and ``end`` in seconds, derived from ``frames``.
    ``confidence``, 0 to 1, of what was measured; 0 where none is stated, and in records written before it was."""

    entity: str
    frames: FrameRange
    start: float
    end: float
    prompt: str
    origin: Origin
    confidence: float = 0.0


class Reference(_Part):
    """An image of one entity, in the sample's member ``zip`` (``formats/references.py``): what ``box``, ``[left, top, right,
    bottom]`` in pixels of the clip, shows in ``frame`` of the clip, scaled to ``width`` x ``height``. ``mask`` is empty where
    there is none. ``confidence`` of who found the box, 0 to 1. ``likeness``: mean cosine with what was found of the entity in
    its other shots; 0 where that was not measured.
    """

    entity: str
    image: str
    mask: str
    frame: int
    box: PictureBox
    width: int
    height: int
    confidence: float
    origin: Origin
    likeness: float = 0.0


class Score(_Part):
    """Only what was measured appears. ``shot == -1`` scores the whole clip."""

    shot: int
    name: str
    value: float
    model: str


class Tag(_Part):
    """``node`` is a path in the taxonomy, its levels joined by `` -> ``. ``shot == -1`` tags the whole clip."""

    shot: int
    node: str
    value: str
    origin: Origin


class Model(_Part):
    """A model that shaped this clip, with the exact revision and its license."""

    role: str
    id: str
    revision: str
    license: str


class ClipRecord(_Part):
    """Everything that is known about one clip. Read it with ``clip_json.read_clip_json``, which checks every rule."""

    schema_name: Annotated[Literal["shotloom.clip/1"], Field(alias="schema")] = "shotloom.clip/1"
    key: Key
    source: Source
    video: Video
    audio: Audio
    shots: tuple[Shot, ...]
    joins: tuple[Join, ...]
    captions: tuple[Caption, ...]
    entities: tuple[Entity, ...]
    events: tuple[Event, ...]
    scores: tuple[Score, ...]
    tags: tuple[Tag, ...]
    models: tuple[Model, ...]
    references: tuple[Reference, ...] = ()

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        populate_by_name=True,
        serialize_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )
