"""A clip as text for people: what it is, its shots and joins, and what each entity does when."""

from __future__ import annotations

import unicodedata

from formats.clip_record import ClipRecord, Event, Join, Reference
from formats.exact_time import parse_rational, seconds_at


def clip_text(record: ClipRecord) -> str:
    """Lines joined by newlines. Text from outside is on one line each, its control characters shown as ``\\x1b``."""
    return "\n".join([*_head(record), *_shots(record), *_lanes(record), *_words(record), *_measured(record)])


def one_line(text: str) -> str:
    """Whitespace runs as one space; other control and direction characters and lone surrogates as escapes."""
    joined = " ".join(text.split())
    return "".join(char if unicodedata.category(char) not in ("Cc", "Cf", "Cs") else _escape(char) for char in joined)


def join_words(join: Join) -> str:
    """``"cut"``, or ``"dissolve, 24 frames removed"``."""
    removed = join.source_frames[1] - join.source_frames[0]
    if not removed:
        return join.kind
    return f"{join.kind}, {removed} {'frame' if removed == 1 else 'frames'} removed"


def lane_events(record: ClipRecord) -> list[tuple[str, tuple[Event, ...]]]:
    """Each entity's plain name (no braces) and its events by start, in the record's order of entities."""
    lanes: list[tuple[str, tuple[Event, ...]]] = []
    for entity in record.entities:
        name = one_line(entity.name.removeprefix("{").removesuffix("}")) or entity.id
        own = [event for event in record.events if event.entity == entity.id]
        lanes.append((name, tuple(sorted(own, key=lambda event: event.frames))))
    return lanes


def event_words(event: Event, name: str) -> str:
    """The prompt on one line, without the entity's name in front."""
    return one_line(event.prompt).removeprefix(f"{{{name}}} ")


def _head(record: ClipRecord) -> list[str]:
    source, video = record.source, record.video
    rate = f"{source.fps} frames/s" + (", variable" if source.vfr else "")
    audio = f", audio {one_line(record.audio.codec)}" if record.audio.codec else ", no audio"
    return [
        f"clip {record.key}",
        f"  from {one_line(source.uri)}, frames {source.frames[0]} to {source.frames[1]} ({rate})",
        f"  license {one_line(source.license) or 'not stated'}",
        f"  {video.duration:.3f} s, {video.frames} frames at {video.fps}, {video.width}x{video.height}{audio}",
    ]


def _shots(record: ClipRecord) -> list[str]:
    fps = parse_rational(record.video.fps)
    joins = {join.after_shot: join for join in record.joins}
    lines = ["shots"]
    for shot in record.shots:
        start, end = shot.frames
        lines.append(
            f"  {shot.index}  frames {start} to {end}, {seconds_at(start, fps):.3f} to {seconds_at(end, fps):.3f} s, "
            f"source frames {shot.source_frames[0]} to {shot.source_frames[1]}"
        )
        if shot.index in joins:
            lines.append(f"     {join_words(joins[shot.index])} (confidence {joins[shot.index].confidence:.2f})")
    return lines


def _lanes(record: ClipRecord) -> list[str]:
    lines: list[str] = []
    images = {row.entity: row for row in record.references}
    for entity, (name, events) in zip(record.entities, lane_events(record), strict=True):
        lines.append(name)
        if entity.id in images:
            lines.append(f"  {_image_words(images[entity.id])}")
        for event in events:
            instant = event.frames[0] == event.frames[1]
            when = f"at {event.start:.3f} s" if instant else f"{event.start:.3f} to {event.end:.3f} s"
            lines.append(f"  {when}  {event_words(event, name)} [{one_line(event.origin)}]")
        if not events:
            lines.append("  no events")
    return lines


def _image_words(row: Reference) -> str:
    mask = f" with {row.mask}" if row.mask else ""
    like = f", likeness over shots {row.likeness:.2f}" if row.likeness else ""
    return (
        f"image {row.image}{mask}, {row.width}x{row.height}, of frame {row.frame}, box {list(row.box)}, confidence "
        f"{row.confidence:.2f}{like} [{one_line(row.origin)}]"
    )


def _words(record: ClipRecord) -> list[str]:
    lines = ["captions"] if record.captions else []
    for caption in record.captions:
        lines.append(
            f"  {_of(caption.shot)}, {one_line(caption.kind)}: {one_line(caption.text)} [{one_line(caption.origin)}]"
        )
    return lines


def _measured(record: ClipRecord) -> list[str]:
    lines = ["scores"] if record.scores else []
    lines += [
        f"  {_of(row.shot)}, {one_line(row.name)} {row.value:.4g} ({one_line(row.model)})" for row in record.scores
    ]
    lines += ["tags"] if record.tags else []
    lines += [
        f"  {_of(tag.shot)}, {one_line(tag.node)}: {one_line(tag.value)} [{one_line(tag.origin)}]"
        for tag in record.tags
    ]
    lines += ["models"] if record.models else []
    lines += [
        f"  {one_line(row.role)}: {one_line(row.id)} {one_line(row.revision)} ({one_line(row.license)})"
        for row in record.models
    ]
    return lines


def _of(shot: int) -> str:
    return "clip" if shot < 0 else f"shot {shot}"


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
