"""What is asked about one shot. It is built from that shot alone: nothing of another can be in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from captioning.answers.answer_text import read_answer
from captioning.answers.schema import schema_text
from captioning.answers.shot_answer import (
    CAPTION_LENGTH,
    MOST_STYLES,
    PHRASE_LENGTH,
    Angle,
    Framing,
    ShotAnswer,
    shot_schema,
)
from captioning.asks import Answer
from captioning.conversation.camera_wording import move_style, without_shot_talk
from captioning.conversation.measured_shot import MeasuredShot
from captioning.conversation.prompt_file import prompt
from captioning.conversation.question import Question, shown, text_rules
from captioning.conversation.settings import ConversationSettings
from captioning.faults.found import FaultLog, Reading
from captioning.faults.text_check import TextRules, checked_phrase, checked_sentences

PROMPT = "shot"
FactKind = Literal["subject", "action", "setting", "light", "mood"]
_FACTS: tuple[FactKind, ...] = ("subject", "action", "setting", "light", "mood")


@dataclass(frozen=True)
class ShotWords:
    """``shot``: its number. ``facts`` that had no fault. ``styles``: one per told move, empty where nothing is added."""

    shot: int
    caption: str
    facts: tuple[tuple[FactKind, str], ...]
    framing: Framing
    angle: Angle
    styles: tuple[str, ...]


def shot_question(measured: MeasuredShot, fps: Fraction, settings: ConversationSettings) -> Question[ShotWords]:
    shot = measured.shot
    told = tuple(event.prompt.removeprefix("{camera} ") for event in measured.moves[:MOST_STYLES])
    asked = prompt(PROMPT)
    words = {
        "seconds": f"{float((shot.frames[1] - shot.frames[0]) / fps):.2f}",
        "moves": "\n".join(f"{i}. the camera {move}" for i, move in enumerate(told, start=1)) or "none",
    }
    rules = text_rules(asked, settings)
    return Question(
        name=f"shot-{shot.index}",
        prompt=asked,
        parts=(*shown(shot), asked.filled(words)),
        schema=schema_text(shot_schema(len(told))),
        read=lambda answer: _read(answer, shot.index, told, rules),
    )


def _read(answer: Answer, shot: int, told: tuple[str, ...], rules: TextRules) -> Reading[ShotWords]:
    log = FaultLog()
    said = log.take(read_answer(answer, ShotAnswer))
    if said is None:
        return log.reading(None)
    caption = log.take(checked_sentences(said.caption, "caption", rules, CAPTION_LENGTH))
    if caption is not None:
        caption = log.take(without_shot_talk(caption, "caption"))
    facts = tuple(
        (kind, text)
        for kind in _FACTS
        if (text := log.take(checked_phrase(getattr(said, kind), kind, rules, PHRASE_LENGTH))) is not None
    )
    styles = _styles(said.camera, told, rules, log)
    return log.reading(None if caption is None else ShotWords(shot, caption, facts, said.framing, said.angle, styles))


def _styles(said: tuple[str, ...], told: tuple[str, ...], rules: TextRules, log: FaultLog) -> tuple[str, ...]:
    """Entries of another number than there are moves cannot be told apart: none is used."""
    if len(said) != len(told):
        log.add("unusable_words", "camera")
        return ("",) * len(told)
    return tuple(
        log.take(move_style(words, f"camera[{i}]", move, rules)) or ""
        for i, (words, move) in enumerate(zip(said, told, strict=True))
    )
