"""The captioner that needs no model: what can be measured of a clip, in plain words, and nothing else.

Camera moves with frame borders, the cuts between shots, brightness, contrast, main colours. Every word has the origin
``measured``. The ``{transition}`` entity is there only if the clip has a cut; ``{camera}`` always is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from captioning.camera_meter import CameraMeter
from captioning.camera_moves import CameraMove
from captioning.camera_words import camera_prompt, camera_tags
from captioning.colour_temperature import ColourTemperatureMeter, temperature_word
from captioning.cutting_pace import pace_word
from captioning.measured_words import shot_text, summary_text
from captioning.picture_tone import HIGH_CONTRAST, LOW_CONTRAST, Tone, ToneMeter
from captioning.protocol import ClipAnnotation, ClipPictures
from captioning.settings import REVISIONS
from captioning.taxonomy.nodes import checked_tag
from formats.clip_record import Caption, Entity, Event, Model, Score, Tag
from formats.exact_time import FrameRange, parse_rational, seconds_at
from operators.picture_motion import measuring_size

ORIGIN = "measured"
MOTION_MODEL = "background-motion/1"
TONE_MODEL = "picture-tone/2"
LIGHT_MODEL = "shades-of-grey/2"
TONE_SECONDS = Fraction(1, 2)
"""From one look at a shot's tone and light to the next."""

_CONTRAST_NODE = "Setup -> Scene -> Texture -> Contrast"
_TEMPERATURE_NODE = "Lighting -> Color Temperature"
_PACE_NODE = "Events -> Advanced Controls -> Rhythm -> Pace"


@dataclass(frozen=True)
class MeasuredShot:
    """``motion``: mean speed of the picture in frame widths per second; ``kelvin``: of the light. None where nothing could be
    measured."""

    frames: FrameRange
    moves: tuple[CameraMove, ...]
    tone: Tone
    kelvin: float | None
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
            tags=tuple(_tags(shots, fps)),
            models=(Model(role="captioner", id=ORIGIN, revision=REVISIONS["measured"], license="Apache-2.0"),),
        )


def _measured_shots(clip: ClipPictures, fps: Fraction) -> Iterator[MeasuredShot]:
    size = measuring_size(clip.clip.width, clip.clip.height)
    frames = clip.frames()
    camera = CameraMeter(fps)
    tone_every = max(1, round(TONE_SECONDS * fps))
    for start, end in clip.clip.shots:
        tone, light = ToneMeter(), ColourTemperatureMeter()
        for place in range(end - start):
            frame = next(frames)
            camera.see(lambda frame=frame: frame.luma(*size))  # type: ignore[misc]
            if place % tone_every == 0:
                picture = frame.rgb(*size)
                tone.see(picture)
                light.see(picture)
        done = camera.finish_shot((start, end))
        yield MeasuredShot((start, end), done.moves, tone.tone(), light.kelvin(), done.speed)
    _run_out(frames)


def _run_out(pictures: Iterator[object]) -> None:
    """Lets the reader see the end of the clip, where it compares the count."""
    for _ in pictures:
        pass


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
            event = _event("camera", move.frames, fps, camera_prompt(move))
            yield event.model_copy(update={"confidence": round(move.confidence, 3)})


def _event(entity: str, frames: FrameRange, fps: Fraction, prompt: str) -> Event:
    start, end = seconds_at(frames[0], fps), seconds_at(frames[1], fps)
    return Event(entity=entity, frames=frames, start=start, end=end, prompt=prompt, origin=ORIGIN)


def _scores(shots: tuple[MeasuredShot, ...]) -> Iterator[Score]:
    """Per shot, and but for the light for the clip the mean over its frames. What could not be measured has no score."""
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
    for i, shot in enumerate(shots):
        if shot.kelvin is not None:
            yield Score(shot=i, name="light_kelvin", value=float(round(shot.kelvin)), model=LIGHT_MODEL)


def _tags(shots: tuple[MeasuredShot, ...], fps: Fraction) -> Iterator[Tag]:
    if pace := pace_word([shot.frames for shot in shots], fps):
        yield checked_tag(-1, _PACE_NODE, pace, ORIGIN)
    for i, shot in enumerate(shots):
        for node, value in camera_tags(shot.moves):
            yield checked_tag(i, node, value, ORIGIN)
        if shot.tone.contrast < LOW_CONTRAST:
            yield checked_tag(i, _CONTRAST_NODE, "Low", ORIGIN)
        elif shot.tone.contrast >= HIGH_CONTRAST:
            yield checked_tag(i, _CONTRAST_NODE, "High", ORIGIN)
        if warmth := temperature_word(shot.kelvin):
            yield checked_tag(i, _TEMPERATURE_NODE, warmth, ORIGIN)
