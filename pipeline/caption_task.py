"""What goes to a machine that captions clips, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from captioning.conversation.result import ConversationCounts
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from formats.clip_plan import MadeClip
from pipeline.sandbox import SandboxReply


class CaptionTask(BaseModel):
    """``clip`` is the file to describe, ``annotation`` the file to write. Of a clip that has its words, ``words`` is its
    annotation, and ``annotation`` the path of what is written, without suffix."""

    model_config = ConfigDict(frozen=True)

    id: str
    clip: Path
    made: MadeClip
    annotation: Path
    words: Path | None = None
    wall_seconds: float
    memory_mb: int


class CaptionReply(BaseModel):
    """``passing``: what went wrong may go right another day. ``seconds`` that its child took, without the time in which
    models were asked."""

    model_config = ConfigDict(frozen=True)

    id: str
    reply: SandboxReply
    passing: bool
    counts: ConversationCounts
    seconds: float


DeskPart = Literal["words", "references", "alignment"]
"""Clips of all but ``words`` have theirs: ``references`` are looked through for their subjects, and in ``alignment`` the words are
held against the pictures."""


class DeskWork(BaseModel):
    """What a desk does: ``in_flight`` is its share of the questions, ``workers`` how many clips it decodes at once."""

    model_config = ConfigDict(frozen=True)

    captions: CaptionSettings
    serving: CaptionServingSettings
    in_flight: int
    workers: int
    part: DeskPart = "words"


@dataclass(frozen=True)
class DeskState:
    """``in_flight`` questions now; answers and tokens since the desk opened."""

    in_flight: int
    answers: int
    prompt_tokens: int
    answer_tokens: int
