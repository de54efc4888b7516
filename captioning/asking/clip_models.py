"""The models as one clip's conversation sees them: behind the gate, and counted."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.asking.ask_gate import AskGate
from captioning.asks import Answer, Ask, AskBackend, AskPicture
from captioning.backends.by_role import ModelBackends
from captioning.conversation.result import ConversationCounts
from captioning.conversation.roles import RoleBackends
from formats.clip_record import Model


@dataclass
class AskTotals:
    """Answers so far, with the pictures of their questions and their tokens."""

    answers: int = 0
    pictures: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    @property
    def counts(self) -> ConversationCounts:
        """For a conversation that ended without counts of its own."""
        return ConversationCounts(
            asks=self.answers,
            pictures=self.pictures,
            prompt_tokens=self.prompt_tokens,
            answer_tokens=self.answer_tokens,
        )

    def add(self, ask: Ask, answer: Answer) -> None:
        self.answers += 1
        self.pictures += sum(isinstance(part, AskPicture) for part in ask.parts)
        self.prompt_tokens += answer.prompt_tokens
        self.answer_tokens += answer.answer_tokens


@dataclass(frozen=True)
class GatedBackend:
    """``AskBackend`` for clip number ``clip``."""

    backend: AskBackend
    gate: AskGate
    clip: int
    totals: tuple[AskTotals, ...]

    @property
    def model(self) -> Model:
        return self.backend.model

    async def ask(self, ask: Ask) -> Answer:
        async with self.gate.entered(self.clip):
            answer = await self.backend.ask(ask)
        for totals in self.totals:
            totals.add(ask, answer)
        return answer

    async def close(self) -> None:
        """Nothing: the backend is shared by all clips."""


def models_of_clip(models: ModelBackends, gate: AskGate, clip: int, totals: tuple[AskTotals, ...]) -> RoleBackends:
    """The models for clip number ``clip``; what they answer is added to each of ``totals``."""
    whole = GatedBackend(models.clip, gate, clip, totals)
    shot = whole if models.shot is models.clip else GatedBackend(models.shot, gate, clip, totals)
    return RoleBackends(shot=shot, clip=whole, entities=whole)
