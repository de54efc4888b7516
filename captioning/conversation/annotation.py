"""Puts the annotation of a clip together from what was measured and what was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from captioning.answers.shot_answer import MOST_STYLES
from captioning.conversation.camera_wording import worded_cut, worded_move
from captioning.conversation.cast import CastMember, described
from captioning.conversation.event_lines import EntityEvent
from captioning.conversation.measured_shot import MeasuredShot
from captioning.conversation.shot_question import ShotWords
from captioning.conversation.story_question import StoryWords
from captioning.protocol import ClipAnnotation
from captioning.taxonomy.nodes import checked_tag
from captioning.taxonomy.stated_tags import StatedTag
from formats.clip_record import Caption, Entity, Event, Model, Tag
from formats.exact_time import seconds_at


@dataclass(frozen=True)
class MeasuredOfClip:
    """``shots``: its shots with the camera events among those of ``annotation``."""

    annotation: ClipAnnotation
    shots: tuple[MeasuredShot, ...]
    fps: Fraction


@dataclass(frozen=True)
class SaidOfClip:
    """``shots`` one by one, ``story``: None where measured words stand in. ``lines``: entities, each with its events
    over the clip, at least one. ``tags``: of each shot, beside the measured ones. ``models``: all that were asked, and the
    prompts.
    """

    shots: tuple[ShotWords | None, ...]
    story: StoryWords | None
    lines: tuple[tuple[CastMember, tuple[EntityEvent, ...]], ...]
    tags: tuple[tuple[StatedTag, ...], ...]
    models: tuple[Model, ...]


@dataclass(frozen=True)
class Speakers:
    """Ids of the models: who is the origin of what is said of a shot, of the clip, of its entities."""

    shot: str
    clip: str
    entities: str


def worded_origin(speaker: str) -> str:
    """Of an event whose borders and kind were measured, and to which a model added words."""
    return f"measured+{speaker}"


def annotation_of(measured: MeasuredOfClip, said: SaidOfClip, speakers: Speakers) -> ClipAnnotation:
    """Scores, measured tags and the measured events' borders are as measured; all else has the origin of who said it."""
    before = measured.annotation
    events = (
        *_camera_events(measured, said, speakers.shot),
        *_transitions(before, said, speakers.clip),
        *(event for event in before.events if event.entity not in ("camera", "transition")),
        *_said_events(said, measured.fps, speakers.entities),
    )
    return ClipAnnotation(
        captions=tuple(_captions(before, said, speakers)),
        entities=(*before.entities, *_entities(said)),
        events=tuple(sorted(events, key=lambda event: event.frames)),
        scores=before.scores,
        tags=(*before.tags, *_stated_tags(said, speakers.shot)),
        models=tuple(dict.fromkeys((*before.models, *said.models))),
    )


def _stated_tags(said: SaidOfClip, speaker: str) -> Iterator[Tag]:
    for shot, tags in enumerate(said.tags):
        for tag in tags:
            yield checked_tag(shot, tag.node, tag.value, speaker)


def _captions(measured: ClipAnnotation, said: SaidOfClip, speakers: Speakers) -> Iterator[Caption]:
    if said.story is not None:
        yield Caption(shot=-1, kind="summary", text=said.story.caption, origin=speakers.clip)
    else:
        yield from (caption for caption in measured.captions if caption.shot == -1)
    for number, words in enumerate(said.shots):
        if words is not None:
            yield from _shot_captions(words, speakers.shot)
        else:
            yield from (caption for caption in measured.captions if caption.shot == number)


def _shot_captions(words: ShotWords, origin: str) -> Iterator[Caption]:
    rows = (("shot", words.caption), *words.facts, ("framing", words.framing), ("angle", words.angle))
    for kind, text in rows:
        yield Caption(shot=words.shot, kind=kind, text=text, origin=origin)


def _entities(said: SaidOfClip) -> Iterator[Entity]:
    for member, _ in said.lines:
        text = described(member)
        yield Entity(id=member.name, kind=member.kind, name=member.braced, description=text, reference="")


def _camera_events(measured: MeasuredOfClip, said: SaidOfClip, speaker: str) -> Iterator[Event]:
    for shot, words in zip(measured.shots, said.shots, strict=True):
        for number, move in enumerate(shot.moves):
            if words is None:
                yield move
            else:
                style = words.styles[number] if number < MOST_STYLES else ""
                yield _worded(move, worded_move(move.prompt, words.framing, words.angle, style), speaker)


def _transitions(measured: ClipAnnotation, said: SaidOfClip, speaker: str) -> Iterator[Event]:
    """The first is the first cut's, and so on."""
    transitions = sorted((e for e in measured.events if e.entity == "transition"), key=lambda event: event.frames)
    for number, event in enumerate(transitions):
        words = said.story.cuts[number] if said.story is not None and number < len(said.story.cuts) else ""
        yield _worded(event, worded_cut(event.prompt, words), speaker) if words else event


def _worded(event: Event, prompt: str, speaker: str) -> Event:
    return event.model_copy(update={"prompt": prompt, "origin": worded_origin(speaker)})


def _said_events(said: SaidOfClip, fps: Fraction, speaker: str) -> Iterator[Event]:
    for member, line in said.lines:
        for event in line:
            start, end = (seconds_at(frame, fps) for frame in event.frames)
            yield Event(
                entity=member.name, frames=event.frames, start=start, end=end, prompt=event.prompt, origin=speaker
            )
