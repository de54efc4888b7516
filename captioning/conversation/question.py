"""One question about a clip: what is shown, what is asked, and how an answer to it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from captioning.asks import Answer, AskPart
from captioning.conversation.prompt_file import Prompt
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import Reading
from captioning.faults.text_check import TextRules
from captioning.frames.sampled_clip import SampledShot

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Question(Generic[T_co]):
    """``name`` is part of the ask's id: ``shot-0``. ``read`` knows the schema and checks every word."""

    name: str
    prompt: Prompt
    parts: tuple[AskPart, ...]
    schema: str
    read: Callable[[Answer], Reading[T_co]]


def shown(shot: SampledShot) -> Iterable[AskPart]:
    """The pictures of one shot, each after its time."""
    for number, picture in enumerate(shot.pictures, start=1):
        yield f"Picture {number}, {picture.seconds:.2f} s:"
        yield picture.picture


def shown_all(shots: Iterable[SampledShot]) -> Iterable[AskPart]:
    """The pictures of several shots, each after its shot and time."""
    for shot in shots:
        for picture in shot.pictures:
            yield f"Shot {shot.index + 1}, {picture.seconds:.2f} s:"
            yield picture.picture


def text_rules(prompt: Prompt, settings: ConversationSettings, names: Iterable[str] = ()) -> TextRules:
    return TextRules(settings.language, prompt.word_runs, frozenset(names))
