"""The part of the report that its script draws, as JSON that can stand inside a ``<script>`` element."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TypedDict

from formats.clip_record import ClipRecord
from formats.exact_time import parse_rational
from pipeline.report.model import ClipCard, DroppedCandidate, ImageSource, ReportData, SourceRow, Thumbnail

Link = Callable[[ImageSource], str]

_UNSAFE = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029\x7f"})


class Lane(TypedDict):
    """An entity and its events, each ``[start, end, prompt, origin]`` in clip frames."""

    id: str
    kind: str
    name: str
    description: str
    events: list[tuple[int, int, str, str]]


class PageClip(TypedDict):
    """``rate`` is ``[numerator, denominator]``; ``shots`` are ``[start, end, source start, source end]``; ``joins`` are
    ``[after shot, kind, source start, source end, confidence]``; ``images`` are ``[entity's name, link, width, height, frame,
    confidence, origin]``; the other lists are the record's fields in order."""

    key: str
    uri: str
    split: str
    shard: str
    license: str
    attribution: str
    url: str
    video: str
    strip: str
    poster: str
    rate: tuple[int, int]
    frames: int
    width: int
    height: int
    duration: float
    source: tuple[int, int, str, bool]
    audio: str
    shots: list[tuple[int, int, int, int]]
    joins: list[tuple[int, str, int, int, float]]
    captions: list[tuple[int, str, str, str]]
    lanes: list[Lane]
    images: list[tuple[str, str, int, int, int, float, str]]
    scores: list[tuple[int, str, float, str]]
    tags: list[tuple[int, str, str, str]]
    models: list[tuple[str, str, str, str]]


class PageDropped(TypedDict):
    """``pictures`` are ``[link, x, y, width, height]``, the rectangle of ``link`` to show."""

    key: str
    source: str
    frames: tuple[int, int]
    duration: float
    shots: int
    reason: str
    value: float | None
    limit: float | None
    detail: str
    pictures: list[tuple[str, int, int, int, int]]


class PageSource(TypedDict):
    uri: str
    outcome: str
    reason: str
    detail: str
    duration: float
    shots: int
    candidates: int
    clips: int
    license: str


class PageData(TypedDict):
    """``reasons`` maps a reason's code to its text for people."""

    clips: list[PageClip]
    clips_total: int
    dropped: list[PageDropped]
    dropped_total: int
    sources: list[PageSource]
    reasons: dict[str, str]


def page_data(data: ReportData, link: Link) -> PageData:
    """``link`` turns a picture into what ``src`` may hold."""
    reasons = {row.reason: row.text for stage in data.funnel for row in (*stage.dropped, *stage.failed)}
    return PageData(
        clips=[_clip(card, link) for card in data.clips],
        clips_total=data.clips_total,
        dropped=[_dropped(row, link) for row in data.dropped],
        dropped_total=data.dropped_total,
        sources=[_source(row) for row in data.sources],
        reasons=reasons,
    )


def script_json(data: PageData) -> str:
    """JSON without ``<``, ``>``, ``&`` or line separators, so it can neither end its element nor open a comment.

    A lone surrogate (a file name that is no UTF-8) is left to the encoder: ``backslashreplace`` is JSON's own escape.
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_UNSAFE)


def _clip(card: ClipCard, link: Link) -> PageClip:
    record = card.record
    rate = parse_rational(record.video.fps)
    source = record.source
    return PageClip(
        key=record.key,
        uri=source.uri,
        split=card.split,
        shard=card.shard,
        license=source.license,
        attribution=source.attribution,
        url=source.url,
        video=link(card.video),
        strip=link(card.strip),
        poster=link(card.poster),
        rate=(rate.numerator, rate.denominator),
        frames=record.video.frames,
        width=record.video.width,
        height=record.video.height,
        duration=record.video.duration,
        source=(*source.frames, source.fps, source.vfr),
        audio=record.audio.codec,
        shots=[(*shot.frames, *shot.source_frames) for shot in record.shots],
        joins=[(join.after_shot, join.kind, *join.source_frames, join.confidence) for join in record.joins],
        captions=[(item.shot, item.kind, item.text, item.origin) for item in record.captions],
        lanes=_lanes(record),
        images=_images(card, link),
        scores=[(item.shot, item.name, item.value, item.model) for item in record.scores],
        tags=[(item.shot, item.node, item.value, item.origin) for item in record.tags],
        models=[(item.role, item.id, item.revision, item.license) for item in record.models],
    )


def _lanes(record: ClipRecord) -> list[Lane]:
    lanes = {
        entity.id: Lane(id=entity.id, kind=entity.kind, name=entity.name, description=entity.description, events=[])
        for entity in record.entities
    }
    for event in record.events:
        lanes[event.entity]["events"].append((*event.frames, event.prompt, event.origin))
    return list(lanes.values())


def _images(card: ClipCard, link: Link) -> list[tuple[str, str, int, int, int, float, str]]:
    names = {entity.id: entity.name for entity in card.record.entities}
    return [
        (names[row.entity], link(image), row.width, row.height, row.frame, row.confidence, row.origin)
        for row, image in zip(card.record.references, card.references, strict=False)
    ]


def _dropped(row: DroppedCandidate, link: Link) -> PageDropped:
    return PageDropped(
        key=row.key,
        source=row.source,
        frames=row.frames,
        duration=row.duration,
        shots=row.shots,
        reason=row.reason,
        value=_finite(row.value),
        limit=_finite(row.limit),
        detail=row.detail,
        pictures=[_picture(thumbnail, link) for thumbnail in row.thumbnails],
    )


def _picture(thumbnail: Thumbnail, link: Link) -> tuple[str, int, int, int, int]:
    return (link(thumbnail.image), thumbnail.x, thumbnail.y, thumbnail.width, thumbnail.height)


def _source(row: SourceRow) -> PageSource:
    return PageSource(
        uri=row.uri,
        outcome=row.outcome,
        reason=row.reason,
        detail=row.detail,
        duration=row.duration,
        shots=row.shots,
        candidates=row.candidates,
        clips=row.clips,
        license=row.license,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
