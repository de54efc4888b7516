"""What is asked about who and where, once over pictures of all shots, so that one person in two shots is one entity."""

from __future__ import annotations

from collections.abc import Sequence

from captioning.answers.answer_text import read_answer
from captioning.answers.cast_answer import CastAnswer, cast_schema
from captioning.answers.schema import schema_text
from captioning.asks import Answer
from captioning.conversation.cast import CastMember, read_cast
from captioning.conversation.clip_notes import clip_notes, shots_in_words
from captioning.conversation.prompt_file import prompt
from captioning.conversation.question import Question, shown_all, text_rules
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules
from captioning.frames.frame_choice import thinned
from captioning.frames.sampled_clip import SampledClip

PROMPT = "cast"


def cast_question(
    clip: SampledClip, captions: Sequence[str], settings: ConversationSettings
) -> Question[tuple[CastMember, ...]]:
    """``captions``: what was said of each shot."""
    asked = prompt(PROMPT)
    words = {
        "shots": shots_in_words(len(clip.shots)),
        "most": str(settings.most_entities),
        "notes": clip_notes(clip, captions),
    }
    rules = text_rules(asked, settings)
    return Question(
        name="cast",
        prompt=asked,
        parts=(*shown_all(thinned(clip, settings.sampling.pictures_per_clip)), asked.filled(words)),
        schema=schema_text(cast_schema(settings.most_entities)),
        read=lambda answer: _read(answer, rules, settings.most_entities),
    )


def _read(answer: Answer, rules: TextRules, most: int) -> Reading[tuple[CastMember, ...]]:
    log = FaultLog()
    said = log.take(read_answer(answer, CastAnswer))
    return log.reading(None if said is None else log.take(read_cast(said, rules, most)))
