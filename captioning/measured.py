"""The captioner that needs no model: what can be measured of a clip, in plain words, and nothing else.

Camera moves with frame borders, the cuts between shots, brightness, contrast, main colours. Every word has the origin
``measured``. The ``{transition}`` entity is there only if the clip has a cut; ``{camera}`` always is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from captioning.camera_moves import CameraMove, axis_rates, camera_moves
from captioning.camera_words import camera_prompt, camera_tags
from captioning.measured_words import shot_text, summary_text
from captioning.picture_tone import HIGH_CONTRAST, LOW_CONTRAST, Tone, ToneMeter
from captioning.protocol import REVISIONS, ClipAnnotation, ClipPictures
from formats.clip_record import Caption, Entity, Event, Model, Score, Tag
from formats.exact_time import FrameRange, parse_rational, seconds_at
from operators.picture_motion import MotionMeter, PictureMotion, measuring_size

ORIGIN = "measured"
MOTION_MODEL = "global-motion/1"
TONE_MODEL = "picture-tone/1"
_CONTRAST_NODE = "Setup -> Scene -> Texture -> Contrast"


@dataclass(frozen=True)
class MeasuredShot:
    """``motion``: mean speed of the picture in frame widths per second, None where nothing could be measured."""

    frames: FrameRange
    moves: tuple[CameraMove, ...]
    tone: Tone
    motion: float | None


class MeasuredCaptioner:
    def describe(self, clip: ClipPictures) -> ClipAnnotation:
        fps = parse_rational(clip.clip.fps)
        shots = tuple(_measured_shots(clip, fps))
        return ClipAnnotation(
            captions=tuple(_captions(shots, fps)),
            entities=tuple(_entities(shots)),
            events=tuple(_events(shots, fps)),
            scores=tuple(_scores(shots)),
            tags=tuple(_tags(shots)),
            models=(Model(role="captioner", id=ORIGIN, revision=REVISIONS["measured"], license="Apache-2.0"),),
        )


def _measured_shots(clip: ClipPictures, fps: Fraction) -> Iterator[MeasuredShot]:
    size = measuring_size(clip.clip.width, clip.clip.height)
    pictures = clip.pictures(*size)
    meter = MotionMeter()
    for start, end in clip.clip.shots:
        meter.cut()
        tone = ToneMeter()
        motions: list[PictureMotion | None] = []
        for _ in range(start, end):
            picture = next(pictures)
            motions.append(meter.see(picture))
            tone.see(picture)
        moves = camera_moves(motions[1:], (start, end), fps)
        yield MeasuredShot((start, end), moves, tone.tone(), _mean_motion(motions[1:], fps))
    _run_out(pictures)


def _run_out(pictures: Iterator[object]) -> None:
    """Lets the reader see the end of the clip, where it compares the count."""
    for _ in pictures:
        pass


def _mean_motion(motions: list[PictureMotion | None], fps: Fraction) -> float | None:
    rates = axis_rates(motions, fps)
    known = rates[~np.isnan(rates).any(axis=1)]
    return float(np.sqrt((known**2).sum(axis=1)).mean()) if len(known) else None


def _captions(shots: tuple[MeasuredShot, ...], fps: Fraction) -> Iterator[Caption]:
    texts = [shot_text(_seconds(s, fps), s.tone, s.moves) for s in shots]
    yield Caption(shot=-1, kind="summary", text=summary_text([_seconds(s, fps) for s in shots], texts), origin=ORIGIN)
    for i, text in enumerate(texts):
        yield Caption(shot=i, kind="shot", text=text, origin=ORIGIN)


def _seconds(shot: MeasuredShot, fps: Fraction) -> Fraction:
    return (shot.frames[1] - shot.frames[0]) / fps


def _entities(shots: tuple[MeasuredShot, ...]) -> Iterator[Entity]:
    yield Entity(id="camera", kind="camera", name="{camera}", description="", reference="")
    if len(shots) > 1:
        yield Entity(id="transition", kind="transition", name="{transition}", description="", reference="")


def _events(shots: tuple[MeasuredShot, ...], fps: Fraction) -> Iterator[Event]:
    for i, shot in enumerate(shots):
        if i > 0:
            yield _event("transition", (shot.frames[0], shot.frames[0]), fps, "{transition} is a hard cut")
        for move in shot.moves:
            yield _event("camera", move.frames, fps, camera_prompt(move))


def _event(entity: str, frames: FrameRange, fps: Fraction, prompt: str) -> Event:
    start, end = seconds_at(frames[0], fps), seconds_at(frames[1], fps)
    return Event(entity=entity, frames=frames, start=start, end=end, prompt=prompt, origin=ORIGIN)


def _scores(shots: tuple[MeasuredShot, ...]) -> Iterator[Score]:
    """Per shot, then for the clip the mean over its frames. What could not be measured has no score."""
    lengths = [s.frames[1] - s.frames[0] for s in shots]
    rows: tuple[tuple[str, str, list[float | None]], ...] = (
        ("motion", MOTION_MODEL, [s.motion for s in shots]),
        ("tone_brightness", TONE_MODEL, [s.tone.brightness for s in shots]),
        ("tone_contrast", TONE_MODEL, [s.tone.contrast for s in shots]),
    )
    for name, model, values in rows:
        known = [(value, length) for value, length in zip(values, lengths, strict=True) if value is not None]
        if known:
            mean = sum(value * length for value, length in known) / sum(length for _, length in known)
            yield Score(shot=-1, name=name, value=round(mean, 4), model=model)
        for i, value in enumerate(values):
            if value is not None:
                yield Score(shot=i, name=name, value=round(value, 4), model=model)


def _tags(shots: tuple[MeasuredShot, ...]) -> Iterator[Tag]:
    for i, shot in enumerate(shots):
        for node, value in camera_tags(shot.moves):
            yield Tag(shot=i, node=node, value=value, origin=ORIGIN)
        if shot.tone.contrast < LOW_CONTRAST:
            yield Tag(shot=i, node=_CONTRAST_NODE, value="Low", origin=ORIGIN)
        elif shot.tone.contrast >= HIGH_CONTRAST:
            yield Tag(shot=i, node=_CONTRAST_NODE, value="High", origin=ORIGIN)
