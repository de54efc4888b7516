"""What a dataset card states, counted from the packed clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from formats.clip_record import ClipRecord, Model
from formats.manifest import ManifestRow
from formats.shard_layout import MEMBERS, SPLITS


@dataclass(frozen=True)
class SplitFacts:
    """``bytes`` counts the members, ``seconds`` the clips' durations."""

    name: str
    clips: int
    shots: int
    shards: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class SourceFacts:
    """One source film and how many clips are from it."""

    uri: str
    license: str
    attribution: str
    url: str
    clips: int


@dataclass(frozen=True)
class OriginFacts:
    """How many ``part`` (captions, events, reference images, tags, scores) were made by ``origin`` (for scores: the measuring
    method)."""

    part: str
    origin: str
    count: int


@dataclass(frozen=True)
class CardFacts:
    """``settings`` are key and value as text, in the order in which they are shown. ``members`` of each sample."""

    title: str
    splits: tuple[SplitFacts, ...]
    sources: tuple[SourceFacts, ...]
    origins: tuple[OriginFacts, ...]
    models: tuple[Model, ...]
    settings: tuple[tuple[str, str], ...]
    members: tuple[str, ...] = MEMBERS


def card_facts(
    title: str, packed: Iterable[tuple[ManifestRow, ClipRecord]], settings: tuple[tuple[str, str], ...]
) -> CardFacts:
    """Counts ``packed`` in one pass; the order of clips does not matter."""
    rows: list[ManifestRow] = []
    origins: Counter[tuple[str, str]] = Counter()
    models: set[tuple[str, str, str, str]] = set()
    for row, record in packed:
        rows.append(row)
        origins.update(("captions", caption.origin) for caption in record.captions)
        origins.update(("events", event.origin) for event in record.events)
        origins.update(("reference images", row.origin) for row in record.references)
        origins.update(("tags", tag.origin) for tag in record.tags)
        origins.update(("scores", score.model) for score in record.scores)
        models.update((model.role, model.id, model.revision, model.license) for model in record.models)
    return CardFacts(
        title=title,
        splits=tuple(_split(name, [row for row in rows if row.split == name]) for name in _present(rows)),
        sources=_sources(rows),
        origins=tuple(OriginFacts(part, origin, count) for (part, origin), count in sorted(origins.items())),
        models=tuple(Model(role=a, id=b, revision=c, license=d) for a, b, c, d in sorted(models)),
        settings=settings,
        members=rows[0].member_names if rows else MEMBERS,
    )


def _present(rows: list[ManifestRow]) -> list[str]:
    there = {row.split for row in rows}
    return [split for split in SPLITS if split in there]


def _split(name: str, rows: list[ManifestRow]) -> SplitFacts:
    return SplitFacts(
        name=name,
        clips=len(rows),
        shots=sum(len(row.shots) for row in rows),
        shards=len({row.shard for row in rows}),
        bytes=sum(place.size for row in rows for place in row.members),
        seconds=round(sum(sorted(row.duration for row in rows)), 3),
    )


def _sources(rows: list[ManifestRow]) -> tuple[SourceFacts, ...]:
    counted = Counter(
        (row.source_uri, row.source_license, row.source_attribution, row.source_url, row.source_sha256) for row in rows
    )
    return tuple(
        SourceFacts(uri, name, attribution, url, clips)
        for (uri, name, attribution, url, _sha256), clips in sorted(counted.items())
    )
