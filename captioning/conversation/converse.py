"""The whole conversation about one clip: shots, then the story and the cast, then what each entity does in each shot."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.asks import AskError
from captioning.conversation.annotation import MeasuredOfClip, SaidOfClip, Speakers, annotation_of
from captioning.conversation.asking import Asker
from captioning.conversation.cast import CastMember
from captioning.conversation.cast_question import PROMPT as CAST_PROMPT
from captioning.conversation.cast_question import cast_question
from captioning.conversation.event_lines import EntityEvent, joined_over_cuts
from captioning.conversation.events_question import PROMPT as EVENTS_PROMPT
from captioning.conversation.events_question import events_question
from captioning.conversation.measured_shot import measured_shots
from captioning.conversation.prompt_file import prompt, prompt_names
from captioning.conversation.result import ConversationError, ConversationResult, UnansweredError
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.conversation.shot_question import PROMPT as SHOT_PROMPT
from captioning.conversation.shot_question import shot_question
from captioning.conversation.story_question import story_prompt_name, story_question
from captioning.conversation.tags_question import PROMPT as TAGS_PROMPT
from captioning.conversation.tags_question import tags_question
from captioning.conversation.together import both, together
from captioning.faults.found import Fault
from captioning.faults.rules import TOO_MANY_SHOTS
from captioning.frames.sampled_clip import SampledClip
from captioning.protocol import ClipAnnotation
from captioning.taxonomy.stated_tags import StatedTag, contradicts
from formats.clip_record import Model

REVISION = "3"
"""Raised when the same answers would make another annotation, or a question is put in another way outside its file."""

MOST_SHOTS = 64
"""A clip of more shots is not asked about."""


def conversation_fingerprint() -> str:
    """Names the code's revision and the bytes of every prompt: what has another one is annotated anew."""
    prompts = (prompt(name) for name in prompt_names())
    return "/".join((REVISION, *(f"{p.name}:{p.sha256}" for p in prompts)))


async def converse(
    clip: SampledClip, measured: ClipAnnotation, backends: RoleBackends, settings: ConversationSettings
) -> ConversationResult:
    """Asks all that ``settings`` want about ``clip``. ``measured`` is what measurement says of it: its events, scores and tags
    stay, and its captions where the model's cannot be had and ``on_reject`` is ``measured``. Questions that do not depend on
    each other are in flight at once.

    Raises ``ConversationError`` for a clip whose answers cannot be used, and ``UnansweredError`` for the first ``AskError`` of a
    backend; asks that are still in flight are then cancelled.
    """
    talk = _Talk(
        clip, MeasuredOfClip(measured, tuple(measured_shots(clip, measured.events)), clip.fps), settings, backends
    )
    asker = Asker(clip.key, settings)
    if len(clip.shots) > MOST_SHOTS:
        detail = f"The clip has {len(clip.shots)} shots; models are asked about clips of at most {MOST_SHOTS}."
        raise ConversationError(TOO_MANY_SHOTS, detail, asker.counts)
    try:
        said = await _said(talk, asker)
    except AskError as error:
        raise UnansweredError(error, asker.counts) from error
    speakers = Speakers(backends.shot.model.id, backends.clip.model.id, backends.entities.model.id)
    return ConversationResult(annotation=annotation_of(talk.measured, said, speakers), counts=asker.counts)


@dataclass(frozen=True)
class _Talk:
    """What it is about, and with whom."""

    clip: SampledClip
    measured: MeasuredOfClip
    settings: ConversationSettings
    backends: RoleBackends

    @property
    def models(self) -> tuple[Model, ...]:
        """All that are asked, and the prompts."""
        story = story_prompt_name(self.clip, self.settings)
        prompts = (
            SHOT_PROMPT,
            story,
            *((CAST_PROMPT, EVENTS_PROMPT) if self.settings.entities else ()),
            *((TAGS_PROMPT,) if self.settings.tags else ()),
        )
        backends = (
            self.backends.shot,
            self.backends.clip,
            *((self.backends.entities,) if self.settings.entities else ()),
        )
        return (*(backend.model for backend in backends), *(prompt(name).model for name in prompts))


Line = tuple[CastMember, tuple[EntityEvent, ...]]


async def _said(talk: _Talk, asker: Asker) -> SaidOfClip:
    by, settings, fps = talk.backends, talk.settings, talk.clip.fps
    about_shots = together(asker.ask(by.shot, shot_question(shot, fps, settings)) for shot in talk.measured.shots)
    shots, tags = await both(about_shots, _tags(talk, asker))
    measured = {c.shot: c.text for c in talk.measured.annotation.captions if c.kind == "shot"}
    captions = [words.caption if words else measured.get(i, "") for i, words in enumerate(shots)]
    about_story = asker.ask(by.clip, story_question(talk.clip, captions, settings))
    story, lines = await both(about_story, _lines(talk, captions, asker))
    return SaidOfClip(tuple(shots), story, lines, tags, talk.models)


async def _tags(talk: _Talk, asker: Asker) -> tuple[tuple[StatedTag, ...], ...]:
    """Of each shot, beside the measured ones: these win over any that they exclude."""
    pillars = tuple(dict.fromkeys(talk.settings.tags))
    shots, fps = talk.clip.shots, talk.clip.fps
    questions = [tags_question(shot, pillar, fps, talk.settings) for shot in shots for pillar in pillars]
    answers = await together(asker.ask(talk.backends.shot, question) for question in questions)
    found = []
    for i, shot in enumerate(shots):
        stated = [tag for tags in answers[i * len(pillars) : (i + 1) * len(pillars)] for tag in tags or ()]
        measured = [StatedTag(t.node, t.value) for t in talk.measured.annotation.tags if t.shot in (shot.index, -1)]
        wrong = [tag for tag in stated if contradicts(tag, measured)]
        asker.leave_out(Fault("contradicts_measured_tag", tag.node) for tag in wrong)
        found.append(tuple(tag for tag in stated if tag not in wrong and tag not in measured))
    return tuple(found)


async def _lines(talk: _Talk, captions: list[str], asker: Asker) -> tuple[Line, ...]:
    """Each entity with its events over the clip. None if they are not wanted, or measured words stand in for the cast."""
    by, settings = talk.backends.entities, talk.settings
    cast = await asker.ask(by, cast_question(talk.clip, captions, settings)) if settings.entities else None
    if cast is None:
        return ()
    asks = (events_question(shot, talk.clip.fps, cast, settings) for shot in talk.clip.shots)
    shots = [events for events in await together(asker.ask(by, ask) for ask in asks) if events is not None]
    lines = [(member, joined_over_cuts(events[i] for events in shots)) for i, member in enumerate(cast)]
    asker.leave_out(Fault("idle_entity", member.name) for member, events in lines if not events)
    return tuple(line for line in lines if line[1])
