"""What is asked about what each entity does in one shot. Built from that shot's pictures alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from captioning.answers.answer_text import read_answer
from captioning.answers.events_answer import PROMPT_LENGTH, EntityInShot, EventsAnswer, events_schema
from captioning.answers.schema import schema_text
from captioning.asks import Answer
from captioning.conversation.cast import CastMember
from captioning.conversation.event_lines import EntityEvent, joined_in_shot
from captioning.conversation.event_times import shot_interval
from captioning.conversation.prompt_file import prompt
from captioning.conversation.question import Question, shown, text_rules
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_sentences
from captioning.frames.sampled_clip import SampledShot
from formats.exact_time import seconds_at

PROMPT = "events"
_ENDED = r"(?![\w'’-])[,:]?\s*"
"""Not before a hyphen or an apostrophe: of "It's" and "Man's hat" a name would leave half a word."""
_WEATHER = r"\s+(?:(?:is|was)\s+)?(?:rain|snow|hail|drizzl|thunder)"
_VERBS = "is|was|has|does|can|stays|stands|lies|remains|appears|moves|turns|comes|goes|looks|opens|closes|falls|rises"
_PRONOUN = re.compile(
    rf"^(?:he|she|it(?!{_WEATHER})|this(?=\s+(?:{_VERBS})\b)|the (?:scene|place|subject|person)){_ENDED}", re.IGNORECASE
)


@dataclass(frozen=True)
class _ShotOfClip:
    """What an answer is read against."""

    shot: SampledShot
    fps: Fraction
    cast: tuple[CastMember, ...]
    rules: TextRules
    most: int


ShotEvents = tuple[tuple[EntityEvent, ...], ...]
"""Of one shot, for each member of the cast in its order; none of one that is not visible."""


def events_question(
    shot: SampledShot, fps: Fraction, cast: tuple[CastMember, ...], settings: ConversationSettings
) -> Question[ShotEvents]:
    asked = prompt(PROMPT)
    start, end = (seconds_at(frame, fps) for frame in shot.frames)
    words = {
        "start": f"{start:.2f}",
        "end": f"{end:.2f}",
        "cast": "\n".join(f"- {member.name}: {member.description}" for member in cast),
        "most": str(settings.most_events),
        "example": cast[0].name,
    }
    names = [member.name for member in cast]
    of_clip = _ShotOfClip(shot, fps, cast, text_rules(asked, settings, names), settings.most_events)
    return Question(
        name=f"events-{shot.index}",
        prompt=asked,
        parts=(*shown(shot), asked.filled(words)),
        schema=schema_text(events_schema(names, settings.most_events, start, end)),
        read=lambda answer: _read(answer, of_clip),
    )


def _read(answer: Answer, of_clip: _ShotOfClip) -> Reading[ShotEvents]:
    log = FaultLog()
    said = log.take(read_answer(answer, EventsAnswer))
    if said is None:
        return log.reading(None)
    for _ in said.root.keys() - {member.name for member in of_clip.cast}:
        log.add("unknown_name", "answer")
    return log.reading(tuple(_of_member(member, said.root.get(member.name), of_clip, log) for member in of_clip.cast))


def _of_member(
    member: CastMember, said: EntityInShot | None, of_clip: _ShotOfClip, log: FaultLog
) -> tuple[EntityEvent, ...]:
    if said is None:
        log.add("wrong_shape", member.name)
        return ()
    if not said.visible:
        for i in range(len(said.events)):
            log.add("not_visible", f"{member.name}.events[{i}]")
        return ()
    events = log.take(joined_in_shot(_stated(member, said, of_clip, log), member.name))
    if not events:
        log.add("no_event", member.name)
    return events or ()


def _stated(member: CastMember, said: EntityInShot, of_clip: _ShotOfClip, log: FaultLog) -> Iterable[EntityEvent]:
    for i, event in enumerate(said.events):
        where = f"{member.name}.events[{i}]"
        if i >= of_clip.most:
            log.add("too_many", where)
            continue
        frames = log.take(shot_interval(event.start, event.end, where, of_clip.shot, of_clip.fps))
        words = log.take(checked_sentences(event.prompt, f"{where}.prompt", of_clip.rules, PROMPT_LENGTH))
        prompt_words = None if words is None else log.take(named_first(words, member, where))
        if frames is not None and prompt_words is not None:
            yield EntityEvent(frames, prompt_words)


def named_first(text: str, member: CastMember, where: str) -> Reading[str]:
    """``text`` beginning with ``{name}``: a pronoun, or the name in plain words, is replaced by it. None if there is neither."""
    log = FaultLog()
    if text.startswith(member.braced):
        return log.reading(text)
    plain = "[_ ]".join(map(re.escape, member.name.removeprefix("scene_").split("_")))
    name = re.compile(rf"^(?:(?:an?|the)\s)?(?:scene_)?{plain}{_ENDED}", re.IGNORECASE)
    for start in (name, _PRONOUN):
        if match := start.match(text):
            log.add("name_not_first", where)
            return log.reading(f"{member.braced} {text[match.end() :]}")
    log.add("name_missing", f"{where}.prompt")
    return log.reading(None)
