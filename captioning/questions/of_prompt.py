"""A prompt, asked about pillar by pillar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from captioning.asks import AskBackend
from captioning.conversation.asking import Asker
from captioning.conversation.result import ConversationCounts
from captioning.conversation.settings import ConversationSettings
from captioning.conversation.together import together
from captioning.questions.pillar_question import PillarQuestions, pillar_question
from captioning.taxonomy.nodes import Pillar


@dataclass(frozen=True)
class PromptQuestions:
    """``counts``: what it took."""

    prompt: str
    pillars: tuple[PillarQuestions, ...]
    counts: ConversationCounts


async def questions_of_prompt(
    key: str, text: str, pillars: Sequence[Pillar], backend: AskBackend, settings: ConversationSettings
) -> PromptQuestions:
    """One ask per pillar, all in flight at once; more only where a fault asks for another attempt. ``key`` begins the asks' ids.

    Raises ``ValueError`` for a text that is no prompt, ``ConversationError`` where an answer stays unusable, and the backend's
    ``AskError``.
    """
    asker = Asker(key, settings.model_copy(update={"on_reject": "fail"}))
    questions = [pillar_question(text, pillar, settings) for pillar in pillars]
    answers = await together(asker.ask(backend, question) for question in questions)
    return PromptQuestions(text, tuple(answer for answer in answers if answer is not None), asker.counts)
