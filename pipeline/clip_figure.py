"""A clip as one picture: the borders of its shots, its film strip, and its joins and events along one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from formats.clip_record import ClipRecord, Event
from formats.exact_time import parse_rational, seconds_at
from pipeline.clip_text import event_words, join_words, lane_events, one_line
from pipeline.figure_text import LONGEST, Font, drawable, shortened
from pipeline.film_strip import Picture, draw_strip, fill

WIDTH = 1400
_MARGIN, _LABEL, _GAP = 24, 130, 10
_ROW, _STRIP = 30, 96
_AXIS = WIDTH - 2 * _MARGIN - _LABEL
_PAPER, _INK, _SOFT, _RULE = (255, 255, 255), (28, 31, 35), (91, 99, 109), (220, 223, 227)
_SHOTS = ((201, 212, 227), (221, 228, 238))
_LANES = {
    "camera": (213, 228, 247),
    "subject": (210, 235, 224),
    "scene": (230, 220, 243),
    "transition": (246, 227, 198),
}
_CUT, _GRADUAL = (28, 31, 35), (201, 138, 27)
_COLUMNS = 3
_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)


class _Sheet:
    """A page that is drawn from top to bottom; ``y`` is where the next thing goes."""

    def __init__(self, record: ClipRecord, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), _PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.record = record
        self.left = _MARGIN + _LABEL
        self.y = _MARGIN
        self.font = ImageFont.load_default(15)
        self.title = ImageFont.load_default(22)

    def x(self, frame: float) -> int:
        return self.left + round(frame * _AXIS / self.record.video.frames)

    def text(
        self, x: float, y: float, text: str, room: float, *, fill: tuple[int, int, int] = _INK, font: Font | None = None
    ) -> None:
        """One line, shortened with dots to ``room`` pixels; nothing where not even one letter fits."""
        used = font or self.font
        if line := shortened(text, used, room):
            self.draw.text((x, y), line, fill=fill, font=used)


def draw_clip_figure(record: ClipRecord, frames: Mapping[int, Picture]) -> Image.Image:
    """RGB, 1400 pixels wide. ``frames`` by clip frame index, as many of ``film_strip.strip_frames`` as could be had.

    Top to bottom: what the clip is; each shot's first, middle and last frame; the strip; under it shots, joins and each
    entity's events, at the same scale. Accents are left out, and letters of other scripts are boxes: Pillow's built-in
    font has neither.
    """
    lanes = [
        (name, kind, _stacked(record, events))
        for (name, events), kind in zip(lane_events(record), _kinds(record), strict=True)
    ]
    thumb = _thumb_size(record)
    head = 62 + len(record.shots) * (thumb[1] + _GAP) + _GAP
    height = 2 * _MARGIN + head + _STRIP + 22 + (_ROW + 3) * (2 + sum(max(1, len(rows)) for _, _, rows in lanes))
    sheet = _Sheet(record, height)
    _draw_head(sheet)
    _draw_panels(sheet, frames, thumb)
    _draw_axis(sheet, frames)
    _draw_shots(sheet)
    _draw_joins(sheet)
    for name, kind, rows in lanes:
        _draw_lane(sheet, name, kind, rows)
    return sheet.image


def _kinds(record: ClipRecord) -> list[str]:
    return [entity.kind for entity in record.entities]


def _thumb_size(record: ClipRecord) -> tuple[int, int]:
    height = 150 if len(record.shots) <= 4 else 96
    return min(300, max(48, round(height * record.video.width / record.video.height))), height


def _draw_head(sheet: _Sheet) -> None:
    record = sheet.record
    room = WIDTH - 2 * _MARGIN
    sheet.text(_MARGIN, sheet.y, record.key, room, font=sheet.title)
    video, source = record.video, record.source
    facts = (
        f"{video.duration:.3f} s, {video.frames} frames at {video.fps}, {video.width}x{video.height}, "
        f"source frames {source.frames[0]} to {source.frames[1]} of {source.uri}"
    )
    sheet.text(_MARGIN, sheet.y + 32, facts, room, fill=_SOFT)
    sheet.y += 62


def _draw_panels(sheet: _Sheet, frames: Mapping[int, Picture], thumb: tuple[int, int]) -> None:
    """One row per shot: its first, middle and last frame, and its text."""
    width, height = thumb
    fps = parse_rational(sheet.record.video.fps)
    for shot in sheet.record.shots:
        start, end = shot.frames
        for column, frame in enumerate((start, (start + end) // 2, end - 1)):
            x = _MARGIN + column * (width + _GAP)
            if frame in frames:
                sheet.image.paste(fill(frames[frame], width, height), (x, sheet.y))
            else:
                sheet.draw.rectangle([x, sheet.y, x + width - 1, sheet.y + height - 1], fill=_RULE)
        x = _MARGIN + _COLUMNS * (width + _GAP) + _GAP
        words = [caption.text for caption in sheet.record.captions if caption.shot == shot.index]
        lines = [
            f"shot {shot.index}: frames {start}, {(start + end) // 2} and {end - 1}",
            f"{seconds_at(start, fps):.3f} to {seconds_at(end, fps):.3f} s, {end - start} frames",
            f"source frames {shot.source_frames[0]} to {shot.source_frames[1]}",
            *words,
        ]
        room = WIDTH - _MARGIN - x
        wrapped = [part for line in lines for part in _wrapped(line, sheet.font, room)]
        for i, line in enumerate(wrapped[: height // 22]):
            sheet.text(x, sheet.y + 22 * i, line, room, fill=_SOFT if i else _INK)
        sheet.y += height + _GAP
    sheet.y += _GAP


def _draw_axis(sheet: _Sheet, frames: Mapping[int, Picture]) -> None:
    sheet.image.paste(draw_strip(sheet.record, frames, width=_AXIS, height=_STRIP), (sheet.left, sheet.y))
    sheet.y += _STRIP
    duration, fps = sheet.record.video.duration, parse_rational(sheet.record.video.fps)
    step = next((step for step in _STEPS if duration / step <= 14), 1800)
    for i in range(int(duration / step) + 1):
        x = sheet.x(i * step * float(fps))
        sheet.draw.line([(x, sheet.y), (x, sheet.y + 6)], fill=_SOFT)
        sheet.text(x + 4, sheet.y + 2, f"{i * step:g} s", WIDTH - _MARGIN - x, fill=_SOFT)
    sheet.y += 22


def _draw_shots(sheet: _Sheet) -> None:
    sheet.text(_MARGIN, sheet.y + 6, "shots", _LABEL - 10, fill=_SOFT)
    for shot in sheet.record.shots:
        start, end = shot.frames
        _box(sheet, (start, end), _SHOTS[shot.index % 2], f"{shot.index}: {end - start} frames")
    sheet.y += _ROW + 3


def _draw_joins(sheet: _Sheet) -> None:
    sheet.text(_MARGIN, sheet.y + 6, "joins", _LABEL - 10, fill=_SOFT)
    joins = sheet.record.joins
    borders = [sheet.record.shots[join.after_shot].frames[1] for join in joins] + [sheet.record.video.frames]
    for join, start, end in zip(joins, borders, borders[1:], strict=False):
        x = sheet.x(start)
        sheet.draw.rectangle([x - 1, sheet.y, x + 1, sheet.y + _ROW], fill=_CUT if join.kind == "cut" else _GRADUAL)
        sheet.text(x + 7, sheet.y + 6, join_words(join), sheet.x(end) - x - 12)
    sheet.y += _ROW + 3


def _draw_lane(sheet: _Sheet, name: str, kind: str, rows: Sequence[Sequence[Event]]) -> None:
    sheet.text(_MARGIN, sheet.y + 6, name, _LABEL - 10, fill=_SOFT)
    for row in rows or [[]]:
        sheet.draw.line([(sheet.left, sheet.y + _ROW), (sheet.left + _AXIS, sheet.y + _ROW)], fill=_RULE)
        for i, event in enumerate(row):
            start, end = event.frames
            after = row[i + 1].frames[0] if i + 1 < len(row) else sheet.record.video.frames
            if start == end:
                x = sheet.x(start)
                sheet.draw.rectangle([x - 1, sheet.y, x + 1, sheet.y + _ROW], fill=_GRADUAL)
                sheet.text(
                    x + 7, sheet.y + 6, f"{event.start:.2f} s {event_words(event, name)}", sheet.x(after) - x - 12
                )
            else:
                _box(
                    sheet, (start, end), _LANES[kind], f"{event.start:.2f}-{event.end:.2f} s {event_words(event, name)}"
                )
        sheet.y += _ROW + 3


def _wrapped(text: str, font: Font, room: float) -> list[str]:
    lines: list[str] = []
    for word in one_line(text[:LONGEST]).split(" "):
        if lines and font.getlength(drawable(f"{lines[-1]} {word}")) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _box(sheet: _Sheet, frames: tuple[int, int], fill_color: tuple[int, int, int], text: str) -> None:
    left, right = sheet.x(frames[0]), sheet.x(frames[1])
    sheet.draw.rectangle([left, sheet.y, max(left + 1, right - 2), sheet.y + _ROW - 2], fill=fill_color)
    sheet.text(left + 6, sheet.y + 6, text, right - left - 12)


def _stacked(record: ClipRecord, events: Sequence[Event]) -> list[list[Event]]:
    """Rows in which no two events overlap; an instant keeps an eighth of the axis free for its words."""
    rows: list[tuple[int, list[Event]]] = []
    for event in events:
        start, end = event.frames
        until = end if end > start else start + record.video.frames // 8
        for i, (free, row) in enumerate(rows):
            if free <= start:
                rows[i] = (until, [*row, event])
                break
        else:
            rows.append((until, [event]))
    return [row for _, row in rows]
