"""The rules of the clip record that a field's type cannot say: how its parts must agree with each other.

``check_clip`` is called on every write and on every read (``formats/clip_json.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from formats.clip_record import Caption, ClipRecord, Entity, Event, Score, Shot, Tag
from formats.exact_time import FrameRange, parse_rational, seconds_at
from formats.references import MOST_SIDE, image_name, mask_name

ENTITY_NAME = re.compile(r"\{([a-z0-9][a-z0-9_]*)\}")
TRANSITION_NAMES = ("{transition}", "{shot_transition}")
_ENTITY_ID = re.compile(r"[a-z0-9][a-z0-9_]*")
_ABSOLUTE_URI = re.compile(r"[/\\]|~/|[A-Za-z]:[\\/]|[A-Za-z][A-Za-z0-9+.-]*://|file:/")
_INT64 = 2**63


class ClipError(ValueError):
    """A clip record breaks a rule. ``field`` is its path (``shots[1].frames``), ``rule`` says what must hold."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def check_clip(record: ClipRecord) -> None:
    """Raises ``ClipError`` for the first rule that ``record`` breaks; a record that passes is consistent in itself."""
    _check_source(record)
    _check_video(record)
    _check_boxes(record)
    _check_audio(record)
    _check_shots(record)
    _check_lengths(record)
    _check_joins(record)
    _check_entities(record.entities)
    _check_events(record)
    _check_references(record)
    _check_shot_numbers("captions", record.captions, len(record.shots))
    _check_shot_numbers("scores", record.scores, len(record.shots))
    _check_shot_numbers("tags", record.tags, len(record.shots))
    for i, score in enumerate(record.scores):
        _require(math.isfinite(score.value), f"scores[{i}].value", "must be finite; leave out what was not measured")


def _require(holds: bool, field: str, rule: str) -> None:
    if not holds:
        raise ClipError(field, rule)


def _check_source(record: ClipRecord) -> None:
    source = record.source
    _require(parse_rational(source.time_base) > 0, "source.time_base", "must be above zero")
    _require(parse_rational(source.fps) > 0, "source.fps", "must be above zero")
    _require(source.stream >= 0, "source.stream", "must not be negative")
    _require(source.frames[1] < _INT64, "source.frames", "must fit in 64 bits")
    _require(source.uri != "", "source.uri", "must not be empty")
    _require(not _ABSOLUTE_URI.match(source.uri), "source.uri", "must be relative to the films' folder, not absolute")
    _require(".." not in re.split(r"[/\\]", source.uri), "source.uri", "must not contain '..'")


def _check_video(record: ClipRecord) -> None:
    video = record.video
    _require(parse_rational(video.fps) > 0, "video.fps", "must be above zero")
    _require(0 < video.frames < _INT64, "video.frames", "must be above zero and fit in 64 bits")
    _require(0 < video.width < 2**31, "video.width", "must be above zero and fit in 32 bits")
    _require(0 < video.height < 2**31, "video.height", "must be above zero and fit in 32 bits")
    derived = seconds_at(video.frames, parse_rational(video.fps))
    _require(video.duration == derived, "video.duration", f"must be frames / fps at six decimals: {derived}")


def _check_boxes(record: ClipRecord) -> None:
    """Zeros: not known."""
    source = record.source
    _require(source.width >= 0 and source.height >= 0, "source.width", "must not be negative")
    for field, box in (("source.picture", source.picture), ("video.crop", record.video.crop)):
        left, top, right, bottom = box
        inside = 0 <= left < right <= source.width and 0 <= top < bottom <= source.height
        _require(inside or box == (0, 0, 0, 0), field, "must lie inside source.width x source.height and not be empty")


def _check_audio(record: ClipRecord) -> None:
    audio = record.audio
    if audio.codec == "":
        _require(audio.channels == 0 and audio.rate == 0, "audio", "without a codec, channels and rate must be 0")
    else:
        _require(0 < audio.channels < 256, "audio.channels", "must be 1 to 255 when there is a codec")
        _require(0 < audio.rate < 2**31, "audio.rate", "must be above zero when there is a codec")


def _check_shots(record: ClipRecord) -> None:
    shots = record.shots
    _require(len(shots) > 0, "shots", "must hold at least one shot")
    clip_frame, source_frame, pts = 0, record.source.frames[0], -_INT64
    for i, shot in enumerate(shots):
        at = f"shots[{i}]"
        _require(shot.index == i, f"{at}.index", f"must be {i}: shots are numbered from 0 in order")
        _require(shot.frames[0] == clip_frame, f"{at}.frames", f"must start at {clip_frame}: shots are contiguous")
        _require(shot.frames[1] > shot.frames[0], f"{at}.frames", "must not be empty")
        starts_late = shot.source_frames[0] >= source_frame
        _require(starts_late, f"{at}.source_frames", f"must not start before {source_frame}: source ranges increase")
        _require(shot.source_frames[1] > shot.source_frames[0], f"{at}.source_frames", "must not be empty")
        _require(shot.source_pts[0] >= pts, f"{at}.source_pts", "must not start before the shot before it ends")
        _require(shot.source_pts[0] < shot.source_pts[1] < _INT64, f"{at}.source_pts", "must increase, within 64 bits")
        clip_frame, source_frame, pts = shot.frames[1], shot.source_frames[1], shot.source_pts[1]
    _require(clip_frame == record.video.frames, "shots", f"must cover all {record.video.frames} frames of the clip")
    spanned = (shots[0].source_frames[0], source_frame)
    _require(record.source.frames == spanned, "source.frames", f"must span first to last shot: {list(spanned)}")


def _check_lengths(record: ClipRecord) -> None:
    """A constant-rate source at its own rate goes 1:1; otherwise a shot lasts as in the source, within a frame."""
    rate, source_rate = parse_rational(record.video.fps), parse_rational(record.source.fps)
    time_base = parse_rational(record.source.time_base)
    for i, shot in enumerate(record.shots):
        length = shot.frames[1] - shot.frames[0]
        source_length = shot.source_frames[1] - shot.source_frames[0]
        at = f"shots[{i}].frames"
        if not record.source.vfr and rate == source_rate:
            _require(length == source_length, at, f"must hold {source_length} frames: the source's frames go 1:1")
            continue
        seconds = (shot.source_pts[1] - shot.source_pts[0]) * time_base
        exact = rate * (seconds if record.source.vfr else source_length / source_rate)
        _require(abs(length - exact) <= 1, at, f"must last as in the source: {float(exact):g} frames")


def _check_joins(record: ClipRecord) -> None:
    shots, joins = record.shots, record.joins
    _require(len(joins) == len(shots) - 1, "joins", f"must be one fewer than shots: {len(shots) - 1}")
    for i, join in enumerate(joins):
        at = f"joins[{i}]"
        between = (shots[i].source_frames[1], shots[i + 1].source_frames[0])
        _require(join.after_shot == i, f"{at}.after_shot", f"must be {i}: joins are in the order of shots")
        _require(join.source_frames == between, f"{at}.source_frames", f"must be what lies between: {list(between)}")
        empty = between[0] == between[1]
        _require((join.kind == "cut") == empty, f"{at}.kind", "must be 'cut' if and only if source_frames is empty")
        _require(0 <= join.confidence <= 1, f"{at}.confidence", "must lie between 0 and 1")


def _check_entities(entities: tuple[Entity, ...]) -> None:
    for i, entity in enumerate(entities):
        at = f"entities[{i}]"
        _require(_ENTITY_ID.fullmatch(entity.id) is not None, f"{at}.id", "must be snake_case")
        _require(ENTITY_NAME.fullmatch(entity.name) is not None, f"{at}.name", "must be snake_case in braces")
        kind = kind_of(entity.name)
        _require(entity.kind == kind, f"{at}.kind", f"must be {kind!r} for {entity.name}")
        _require(entity.name != "{shot_transition}", f"{at}.name", "must be written {transition}")
    for field in ("id", "name"):
        repeated = _first_repeated(getattr(entity, field) for entity in entities)
        _require(repeated is None, f"entities[].{field}", f"must be unique, {repeated!r} is not")


def kind_of(name: str) -> str:
    """The kind of entity that a name in braces says: special names are fixed, scenes begin with ``{scene_``."""
    if name in TRANSITION_NAMES:
        return "transition"
    if name == "{camera}":
        return "camera"
    return "scene" if name.startswith("{scene_") else "subject"


def _first_repeated(values: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _check_events(record: ClipRecord) -> None:
    entities = {entity.id: entity for entity in record.entities}
    rate = parse_rational(record.video.fps)
    cuts = {shot.frames[0] for shot in record.shots[1:]}
    for i, event in enumerate(record.events):
        at = f"events[{i}]"
        entity = entities.get(event.entity)
        if entity is None:
            raise ClipError(f"{at}.entity", f"must be the id of an entity, {event.entity!r} is not")
        _require(event.frames[1] <= record.video.frames, f"{at}.frames", "must lie inside the clip")
        for field, frame, written in _derived(event):
            derived = seconds_at(frame, rate)
            _require(written == derived, f"{at}.{field}", f"must be derived from frames at six decimals: {derived}")
        _require(event.prompt.startswith(entity.name), f"{at}.prompt", f"must begin with {entity.name}")
        _require(0 <= event.confidence <= 1, f"{at}.confidence", "must lie between 0 and 1")
        empty = event.frames[0] == event.frames[1]
        if entity.kind == "transition":
            _require(empty, f"{at}.frames", "must be empty: a clip's transitions are hard cuts")
            _require(event.frames[0] in cuts, f"{at}.frames", "must stand where one shot of the clip meets the next")
        else:
            _require(not empty, f"{at}.frames", "must not be empty")


def _derived(event: Event) -> Iterator[tuple[str, int, float]]:
    yield "start", event.frames[0], event.start
    yield "end", event.frames[1], event.end


def _check_references(record: ClipRecord) -> None:
    """Only subjects have images, each at most one, out of a shot in which it acts."""
    subjects = {entity.id: entity for entity in record.entities if entity.kind == "subject"}
    images: dict[str, str] = {}
    for i, row in enumerate(record.references):
        at = f"references[{i}]"
        _require(row.entity in subjects, f"{at}.entity", f"must be the id of a subject, {row.entity!r} is not")
        _require(row.entity not in images, f"{at}.entity", "must have no other image")
        images[row.entity] = row.image
        _require(row.image == image_name(row.entity), f"{at}.image", f"must be {image_name(row.entity)!r}")
        _require(row.mask in ("", mask_name(row.entity)), f"{at}.mask", f"must be {mask_name(row.entity)!r} or empty")
        acting = any(_acts_in(record, row.entity, shot) for shot in record.shots if _holds(shot.frames, row.frame))
        _require(acting, f"{at}.frame", "must lie in a shot in which the entity has an event")
        left, top, right, bottom = row.box
        inside = 0 <= left < right <= record.video.width and 0 <= top < bottom <= record.video.height
        _require(inside, f"{at}.box", "must lie inside the clip's picture and not be empty")
        sides = 0 < row.width <= MOST_SIDE and 0 < row.height <= MOST_SIDE
        _require(sides, f"{at}.width", f"must be 1 to {MOST_SIDE}, as must height")
        _require(0 <= row.confidence <= 1, f"{at}.confidence", "must lie between 0 and 1")
        _require(-1 <= row.likeness <= 1, f"{at}.likeness", "must lie between -1 and 1")
    for i, entity in enumerate(record.entities):
        named = images.get(entity.id, "")
        _require(entity.reference == named, f"entities[{i}].reference", f"must be {named!r}, as in references")


def _acts_in(record: ClipRecord, entity: str, shot: Shot) -> bool:
    start, end = shot.frames
    return any(e.entity == entity and e.frames[0] < end and e.frames[1] > start for e in record.events)


def _holds(frames: FrameRange, frame: int) -> bool:
    return frames[0] <= frame < frames[1]


def _check_shot_numbers(field: str, rows: Iterable[Caption | Score | Tag], shots: int) -> None:
    for i, row in enumerate(rows):
        _require(-1 <= row.shot < shots, f"{field}[{i}].shot", f"must be -1 (the clip) or 0 to {shots - 1}")
