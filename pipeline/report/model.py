"""What the report shows, as plain records. Every text in them is untrusted: it may come from a file name or a model."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.taxonomy.coverage import Coverage
from formats.clip_record import ClipRecord
from formats.exact_time import FrameRange
from formats.ledger import Outcome

ImageSource = bytes | str
"""JPEG or PNG bytes, which are written beside the page; or a path relative to the page's folder, ``/`` between its parts and
not percent-encoded; ``""`` for none."""


@dataclass(frozen=True)
class ReasonCount:
    """How many rows share a reason. ``reason`` is the ledger's code, ``text`` explains it to people."""

    reason: str
    text: str
    count: int


@dataclass(frozen=True)
class FunnelStage:
    """One stage's books, counted in ``unit`` (films, shots, candidates, clips)."""

    name: str
    unit: str
    incoming: int
    kept: int
    dropped: tuple[ReasonCount, ...] = ()
    failed: tuple[ReasonCount, ...] = ()

    @property
    def dropped_total(self) -> int:
        return sum(reason.count for reason in self.dropped)

    @property
    def failed_total(self) -> int:
        return sum(reason.count for reason in self.failed)

    @property
    def unaccounted(self) -> int:
        """Rows that went in and have no outcome (negative: more came out than went in). 0 when the books balance."""
        return self.incoming - self.kept - self.dropped_total - self.failed_total


@dataclass(frozen=True)
class Limit:
    """A setting that a distribution is held against, such as ``Limit("min", 3.0)``."""

    label: str
    value: float


@dataclass(frozen=True)
class Histogram:
    """``counts[i]`` values lie in ``[edges[i], edges[i + 1])``, the last bin closed: one more edge than counts."""

    title: str
    unit: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Tally:
    """Counts by name under one title, such as joins by kind or camera moves."""

    title: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class SourceRow:
    """One input file. ``duration`` in seconds, 0 where it was not read."""

    uri: str
    outcome: Outcome
    reason: str
    detail: str
    duration: float
    shots: int
    candidates: int
    clips: int
    license: str


@dataclass(frozen=True)
class ClipCard:
    """One clip. ``strip`` is a picture from ``film_strip.draw_strip`` (time runs evenly over its width), ``poster`` a
    frame of the clip; ``video`` is a path relative to the page's folder, ``""`` where there is no file to play;
    ``references`` are the images of the record's references, in their order, or none."""

    record: ClipRecord
    video: str = ""
    strip: ImageSource = ""
    poster: ImageSource = ""
    references: tuple[ImageSource, ...] = ()
    split: str = ""
    shard: str = ""


@dataclass(frozen=True)
class Thumbnail:
    """A picture, or the tile of a sheet whose left upper corner is at ``(x, y)``; sizes in pixels."""

    image: ImageSource
    width: int
    height: int
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class DroppedCandidate:
    """``value`` was held against ``limit``; both are absent if the reason is no comparison. ``duration``: seconds."""

    key: str
    source: str
    frames: FrameRange
    duration: float
    shots: int
    reason: str
    value: float | None = None
    limit: float | None = None
    detail: str = ""
    thumbnails: tuple[Thumbnail, ...] = ()


@dataclass(frozen=True)
class ModelUse:
    """A model or heuristic that shaped the corpus. ``note`` says what it is, above all where it is only a heuristic."""

    role: str
    id: str
    revision: str
    license: str
    note: str = ""


@dataclass(frozen=True)
class ReportData:
    """Everything on the page. ``clips`` and ``dropped`` may be a part of the corpus; their totals say of how many."""

    title: str
    settings: tuple[tuple[str, str], ...]
    funnel: tuple[FunnelStage, ...]
    distributions: tuple[Histogram, ...]
    tallies: tuple[Tally, ...]
    sources: tuple[SourceRow, ...]
    clips: tuple[ClipCard, ...]
    clips_total: int
    dropped: tuple[DroppedCandidate, ...]
    dropped_total: int
    models: tuple[ModelUse, ...]
    coverage: Coverage
