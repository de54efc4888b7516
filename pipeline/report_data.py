"""Gathers what the report shows from the stage tables and the shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from captioning.taxonomy.coverage import Coverage, CoverageCounter
from formats.clip_record import ClipRecord, Model
from formats.exact_time import parse_rational
from formats.film_scan import FilmScan
from formats.manifest import ManifestRow
from operators.film_clock import plan_seconds
from operators.scores.registry import score_named
from operators.thumbnail_sheet import place_of, sheet_path
from pipeline.books import corpus_books
from pipeline.config import Config, flat_settings
from pipeline.corpus_folder import CorpusFolder, SelectedFilmRow
from pipeline.corpus_folder import SourceRow as ScannedFilm
from pipeline.decided_candidates import FilmCandidateRow, candidates_with_outcome, count_of
from pipeline.reasons import reason_text
from pipeline.report.model import (
    ClipCard,
    DroppedCandidate,
    FunnelStage,
    Histogram,
    Limit,
    ModelUse,
    ReasonCount,
    ReportData,
    SourceRow,
    Tally,
    Thumbnail,
)
from pipeline.report_captions import caption_tallies, token_histogram
from pipeline.report_histogram import histogram
from pipeline.report_stitching import similarity_histogram, stitch_tallies
from pipeline.stage_books import StageBooks

MAX_CLIPS = 5000
MAX_DROPPED = 5000
_THUMBNAILS = 3


@dataclass(frozen=True)
class ClipImages:
    """JPEG bytes of a clip's film strip and of its first frame, PNG bytes of its reference images in the record's order."""

    strip: bytes = b""
    poster: bytes = b""
    references: tuple[bytes, ...] = ()


Packed = Sequence[tuple[ManifestRow, ClipRecord]]


def gather(folder: CorpusFolder, config: Config, packed: Packed, images: dict[str, ClipImages]) -> ReportData:
    """``images`` by clip key; a clip without any is shown without."""
    films = {row.sha256: row for row in folder.sources.rows() if row.verdict.outcome == "kept"}
    return ReportData(
        title="Shotloom corpus",
        settings=tuple((key, str(value)) for key, value in flat_settings(config).items()),
        funnel=tuple(_funnel(stage) for stage in corpus_books(folder)),
        distributions=_distributions(folder, [record for _, record in packed], config),
        tallies=(
            *_tallies([record for _, record in packed]),
            *stitch_tallies(folder, config),
            *caption_tallies(folder),
        ),
        sources=_sources(folder, packed),
        clips=tuple(
            _card(folder, row, record, images.get(row.key, ClipImages())) for row, record in packed[:MAX_CLIPS]
        ),
        clips_total=len(packed),
        dropped=_dropped(folder, candidates_with_outcome(folder, "dropped", MAX_DROPPED), films),
        dropped_total=count_of(folder, "dropped"),
        models=_models(record for _, record in packed),
        coverage=_coverage(record for _, record in packed),
    )


def _coverage(records: Iterable[ClipRecord]) -> Coverage:
    counter = CoverageCounter()
    for record in records:
        counter.add(record)
    return counter.coverage()


def _funnel(stage: StageBooks) -> FunnelStage:
    return FunnelStage(
        name=stage.name,
        unit=stage.unit,
        incoming=stage.incoming,
        kept=stage.kept,
        dropped=_counts(stage.dropped),
        failed=_counts(stage.failed),
    )


def _counts(counts: Counter[str]) -> tuple[ReasonCount, ...]:
    return tuple(ReasonCount(reason, reason_text(reason), number) for reason, number in counts.most_common())


def _card(folder: CorpusFolder, row: ManifestRow, record: ClipRecord, images: ClipImages) -> ClipCard:
    name = f"clips/{row.key[:2]}/{row.key}.{row.plan_hash}.mp4"
    video = f"../{name}" if folder.store.exists(name) else ""
    return ClipCard(
        record,
        video=video,
        strip=images.strip,
        poster=images.poster,
        references=images.references,
        split=row.split,
        shard=Path(row.shard).name,
    )


def _distributions(folder: CorpusFolder, records: Sequence[ClipRecord], config: Config) -> tuple[Histogram, ...]:
    if not folder.candidates.exists():
        return ()
    candidates = folder.candidates.columns(["seconds", "shots", "scores"]).combine_chunks()
    duration, shots = config.filter.duration, config.filter.shots
    durations = candidates["seconds"].to_numpy()
    shot_seconds = [
        (shot.frames[1] - shot.frames[0]) / float(parse_rational(record.video.fps))
        for record in records
        for shot in record.shots
    ]
    per_clip = candidates["shots"].to_numpy()
    found = [
        histogram("Candidate duration", "s", durations, (Limit("min", duration.min), Limit("max", duration.max))),
        histogram(
            "Shots per candidate", "shots", per_clip, (Limit("min", shots.min), Limit("max", shots.max)), whole=True
        ),
        histogram("Shot duration in clips", "s", shot_seconds, ()),
        similarity_histogram(folder, config),
        token_histogram(folder),
    ]
    for name, values in _score_values(candidates["scores"]):
        score = score_named(name)
        title = f"Score: {name} (heuristic)" if score.heuristic else f"Score: {name}"
        found.append(histogram(title, score.unit, values, ()))
    return tuple(each for each in found if each is not None)


def _score_values(scores: pa.ChunkedArray) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Each score's values where it was measured, by name."""
    names = pa.chunked_array([chunk.keys for chunk in scores.chunks], pa.string())
    values = pa.chunked_array([chunk.items for chunk in scores.chunks], pa.float64())
    for name in sorted(pc.unique(names).to_pylist()):
        yield name, values.filter(pc.equal(names, name)).to_numpy()


def _tallies(records: Sequence[ClipRecord]) -> tuple[Tally, ...]:
    joins = Counter(join.kind for record in records for join in record.joins)
    moves = Counter(
        event.prompt.removeprefix("{camera} ")
        for record in records
        for event in record.events
        if event.entity == "camera"
    )
    return (
        Tally("Joins by kind", tuple(joins.most_common())),
        Tally("Camera events", tuple(moves.most_common(20))),
    )


def _sources(folder: CorpusFolder, packed: Packed) -> tuple[SourceRow, ...]:
    selected = {row.sha256: row for row in folder.selected_films.rows()}
    clips = Counter(row.source_sha256 for row, _ in packed)
    return tuple(
        SourceRow(
            uri=row.uri,
            outcome=row.verdict.outcome,
            reason=row.verdict.reason,
            detail=row.verdict.detail,
            duration=row.duration,
            shots=selected[row.sha256].shots if _stands(row, selected) else 0,
            candidates=selected[row.sha256].candidates if _stands(row, selected) else 0,
            clips=clips[row.sha256] if row.verdict.outcome == "kept" else 0,
            license=row.license,
        )
        for row in folder.sources.rows()
    )


def _stands(row: ScannedFilm, selected: Mapping[str, SelectedFilmRow]) -> bool:
    """Whether the counts of its sha256 are this row's; a duplicate has none of its own."""
    return row.verdict.outcome == "kept" and row.sha256 in selected


def _dropped(
    folder: CorpusFolder, rows: Sequence[FilmCandidateRow], films: dict[str, ScannedFilm]
) -> tuple[DroppedCandidate, ...]:
    scans: dict[str, FilmScan] = {}
    found = []
    for row in rows:
        film = films.get(row.sha256)
        if film is not None and row.sha256 not in scans:
            scans = {row.sha256: FilmScan.model_validate_json(folder.store.read_bytes(f"{film.artifact}.json"))}
        span = (row.plan.shots[0].source_frames[0], row.plan.shots[-1].source_frames[1])
        thumbnails = _thumbnails(scans[row.sha256], f"../{film.artifact}.jpg", span) if film else ()
        found.append(
            DroppedCandidate(
                key=row.key,
                source=row.uri,
                frames=span,
                duration=float(plan_seconds(row.plan)),
                shots=len(row.plan.shots),
                reason=row.verdict.reason,
                value=row.verdict.value,
                limit=row.verdict.limit,
                detail=row.verdict.detail,
                thumbnails=thumbnails,
            )
        )
    return tuple(found)


def _thumbnails(scan: FilmScan, sheet: str, span: tuple[int, int]) -> tuple[Thumbnail, ...]:
    inside = [one for one in scan.fragments if span[0] <= one.frames[0] < span[1]][:_THUMBNAILS]
    return tuple(_thumbnail(scan, sheet, one.thumbnail) for one in inside)


def _thumbnail(scan: FilmScan, sheet: str, tile: int) -> Thumbnail:
    width, height = scan.thumbnail_size
    number, x, y = place_of(tile, scan.thumbnail_size)
    return Thumbnail(sheet_path(sheet, number), width, height, x=x, y=y)


def _models(records: Iterable[ClipRecord]) -> tuple[ModelUse, ...]:
    used = {_identity(model): model for record in records for model in record.models}
    notes = {
        "gradual-network": "a small network of our own, trained on rendered films alone",
        "layout": "a colour-and-gradient layout descriptor, not a learned embedding",
        "measured": "measurements put into words by templates; no language model",
    }
    return tuple(
        ModelUse(model.role, model.id, model.revision, model.license, notes.get(model.id, ""))
        for _, model in sorted(used.items())
    )


def _identity(model: Model) -> tuple[str, str, str]:
    return (model.role, model.id, model.revision)
