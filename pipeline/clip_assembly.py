"""Puts one clip's record together from what the stages wrote down about it."""

from __future__ import annotations

import json

from captioning.alignment.stored import StoredAlignment
from captioning.protocol import ClipAnnotation
from captioning.references.stored import StoredReferences
from formats.clip_plan import ClipPlan, MadeClip
from formats.clip_record import Audio, ClipRecord, Join, Model, Score, Shot, Source, Video
from formats.exact_time import parse_rational, seconds_at
from operators.scores.registry import score_named
from pipeline.corpus_folder import SourceRow
from pipeline.decided_candidates import FilmCandidateRow


def assemble_record(
    candidate: FilmCandidateRow,
    film: SourceRow,
    made: MadeClip,
    annotation: ClipAnnotation,
    scan_models: tuple[Model, ...],
) -> ClipRecord:
    """The record as it goes into a shard: only what shaped this clip."""
    plan = candidate.plan
    measured = tuple(
        Score(shot=-1, name=name, value=value, model=score_named(name).method)
        for name, value in sorted(candidate.scores.items())
    )
    return ClipRecord(
        key=candidate.key,
        source=_source(plan, film),
        video=Video(
            fps=made.fps,
            frames=made.frames,
            width=made.width,
            height=made.height,
            duration=seconds_at(made.frames, parse_rational(made.fps)),
            crop=made.crop,
        ),
        audio=Audio(codec=made.audio.codec, channels=made.audio.channels, rate=made.audio.rate),
        shots=tuple(
            Shot(index=number, frames=frames, source_frames=shot.source_frames, source_pts=shot.source_pts)
            for number, (frames, shot) in enumerate(zip(made.shots, plan.shots, strict=True))
        ),
        joins=tuple(
            Join(
                after_shot=join.after_shot,
                kind=join.kind,
                source_frames=join.source_frames,
                confidence=join.confidence,
            )
            for join in plan.joins
        ),
        captions=annotation.captions,
        entities=annotation.entities,
        events=annotation.events,
        scores=(*measured, *annotation.scores),
        tags=annotation.tags,
        models=(*scan_models, *annotation.models),
    )


def with_references(record: ClipRecord, stored: StoredReferences) -> ClipRecord:
    """``record`` with its reference images named by their entities."""
    images = {row.entity: row.image for row in stored.references}
    entities = tuple(each.model_copy(update={"reference": images.get(each.id, "")}) for each in record.entities)
    models = (*record.models, *stored.models)
    return record.model_copy(update={"entities": entities, "models": models, "references": stored.references})


def with_alignment(record: ClipRecord, stored: StoredAlignment) -> ClipRecord:
    """``record`` with the scores of its words against its pictures."""
    return record.model_copy(
        update={"scores": (*record.scores, *stored.scores), "models": (*record.models, *stored.models)}
    )


def _source(plan: ClipPlan, film: SourceRow) -> Source:
    return Source(
        sha256=film.sha256,
        uri=film.uri,
        stream=plan.stream,
        time_base=plan.time_base,
        fps=plan.fps,
        vfr=plan.vfr,
        frames=(plan.shots[0].source_frames[0], plan.shots[-1].source_frames[1]),
        license=film.license,
        attribution=film.attribution,
        url=film.url,
        metadata=_metadata(film.metadata),
        width=plan.width,
        height=plan.height,
        picture=plan.picture or (0, 0, plan.width, plan.height),
    )


def _metadata(text: str) -> str:
    """A JSON object in text; any other text is kept under ``"text"``."""
    if not text:
        return "{}"
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return json.dumps(value if isinstance(value, dict) else {"text": text}, ensure_ascii=False, sort_keys=True)
