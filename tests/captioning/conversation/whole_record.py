"""A clip record around an annotation, so that the format's own rules can be asked."""

from __future__ import annotations

from captioning.frames.sampled_clip import SampledClip
from captioning.protocol import ClipAnnotation
from formats.clip_json import clip_json, read_clip_json
from formats.clip_record import Audio, ClipRecord, Join, Shot, Source, Video
from formats.exact_time import format_rational, seconds_at


def check_annotation(clip: SampledClip, annotation: ClipAnnotation) -> None:
    """Raises ``ClipError`` if the annotation breaks a rule of the format; it must also come back from its bytes as it was."""
    record = record_around(clip, annotation)
    assert read_clip_json(clip_json(record)) == record


def record_around(clip: SampledClip, annotation: ClipAnnotation, size: tuple[int, int] = (64, 36)) -> ClipRecord:
    rate = format_rational(clip.fps)
    pts = [(shot.frames[0] * 1000, shot.frames[1] * 1000) for shot in clip.shots]
    return ClipRecord(
        key=clip.key,
        source=Source(
            sha256="0" * 64,
            uri="film.mp4",
            stream=0,
            time_base=f"1/{1000 * clip.fps.numerator}",
            fps=rate,
            vfr=False,
            frames=(0, clip.frames),
            license="",
            attribution="",
            url="",
        ),
        video=Video(
            fps=rate, frames=clip.frames, width=size[0], height=size[1], duration=seconds_at(clip.frames, clip.fps)
        ),
        audio=Audio(codec="", channels=0, rate=0),
        shots=tuple(
            Shot(index=shot.index, frames=shot.frames, source_frames=shot.frames, source_pts=p)
            for shot, p in zip(clip.shots, pts, strict=True)
        ),
        joins=tuple(
            Join(after_shot=shot.index, kind="cut", source_frames=(shot.frames[1], shot.frames[1]), confidence=1.0)
            for shot in clip.shots[:-1]
        ),
        captions=annotation.captions,
        entities=annotation.entities,
        events=annotation.events,
        scores=annotation.scores,
        tags=annotation.tags,
        models=annotation.models,
    )
