"""What is asked about the clip as a story over its shots."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from captioning.answers.answer_text import read_answer
from captioning.answers.schema import schema_text
from captioning.answers.story_answer import STORY_LENGTH, StoryAnswer, story_schema
from captioning.asks import Answer
from captioning.conversation.camera_wording import cut_words, without_camera_talk
from captioning.conversation.clip_notes import clip_notes, shots_in_words
from captioning.conversation.prompt_file import prompt
from captioning.conversation.question import Question, shown_all, text_rules
from captioning.conversation.settings import ConversationSettings, StoryForm
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_sentences
from captioning.frames.frame_choice import thinned
from captioning.frames.sampled_clip import SampledClip


@dataclass(frozen=True)
class StoryWords:
    """``cuts``: one per cut, empty where nothing is added to the measured words."""

    caption: str
    cuts: tuple[str, ...]


def story_form(key: str, shots: int, forms: Sequence[StoryForm]) -> StoryForm:
    """Which of ``forms`` clip ``key`` gets: each about as often, the same for a clip every time. One shot is not numbered
    where another form is allowed.
    """
    fitting = [form for form in forms if shots > 1 or form != "numbered"] or list(forms)
    return fitting[int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % len(fitting)]


def story_prompt_name(clip: SampledClip, settings: ConversationSettings) -> str:
    """Of the prompt that asks for the form which ``clip`` gets."""
    return f"story-{story_form(clip.key, len(clip.shots), settings.story_forms)}"


def story_question(clip: SampledClip, captions: Sequence[str], settings: ConversationSettings) -> Question[StoryWords]:
    """``captions``: what was said of each shot."""
    asked = prompt(story_prompt_name(clip, settings))
    cuts = len(clip.shots) - 1
    words = {
        "shots": shots_in_words(len(clip.shots)),
        "cuts": "1 cut" if cuts == 1 else f"{cuts} cuts",
        "notes": clip_notes(clip, captions),
    }
    rules = text_rules(asked, settings)
    return Question(
        name="story",
        prompt=asked,
        parts=(*shown_all(thinned(clip, settings.sampling.pictures_per_clip)), asked.filled(words)),
        schema=schema_text(story_schema(cuts)),
        read=lambda answer: _read(answer, cuts, rules),
    )


def _read(answer: Answer, cuts: int, rules: TextRules) -> Reading[StoryWords]:
    log = FaultLog()
    said = log.take(read_answer(answer, StoryAnswer))
    if said is None:
        return log.reading(None)
    caption = log.take(checked_sentences(said.caption, "caption", rules, STORY_LENGTH))
    if caption is not None:
        caption = log.take(without_camera_talk(caption, "caption"))
    words: tuple[str, ...] = ("",) * cuts
    if len(said.cuts) == cuts:
        words = tuple(log.take(cut_words(text, f"cuts[{i}]", rules)) or "" for i, text in enumerate(said.cuts))
    else:
        log.add("unusable_words", "cuts")
    return log.reading(None if caption is None else StoryWords(caption, words))
