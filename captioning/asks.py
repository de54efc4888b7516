"""One question to a vision-language model and its answer: the protocol that every model backend speaks.

A backend is a class with ``AskBackend``'s members. It knows nothing of clips, prompts or annotations; what asks for a
caption knows nothing of servers and engines. Nothing here is heavy to import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from formats.clip_record import Model

Finish = Literal["stop", "length"]
"""``length``: the answer was cut off at ``max_tokens``."""


@dataclass(frozen=True)
class AskPicture:
    """A picture as the model is shown it, ``width`` x ``height`` pixels, encoded as JPEG."""

    jpeg: bytes
    width: int
    height: int


AskPart = str | AskPicture


@dataclass(frozen=True)
class Ask:
    """``id`` is of the asker's making and comes back in the answer: ``KEY/shot-0/attempt-1``. ``parts`` are the user's turn,
    words and pictures in their order. ``schema`` is the JSON Schema, as text, that the answer must keep; empty for free text.
    ``seed`` makes a backend that samples repeatable.
    """

    id: str
    system: str
    parts: tuple[AskPart, ...]
    schema: str
    max_tokens: int
    temperature: float
    seed: int


@dataclass(frozen=True)
class Answer:
    """``id`` is that of the ask. Tokens as the backend counts them, pictures included; 0 where it does not say."""

    id: str
    text: str
    finish: Finish
    prompt_tokens: int
    answer_tokens: int


ASK_REASONS = {
    "server_lost": "the model's server could not be reached, or the connection was lost, each time",
    "server_busy": "the model's server was busy for longer than engine.captions.patience_seconds",
    "server_error": "the model's server failed on a question each time",
    "server_timeout": "the model's server did not answer within engine.captions.request_seconds, each time",
    "bad_reply": "what the model's server sent was no answer (no JSON, half of one, too large), each time",
    "ask_refused": "the model's server will not have a question about this clip",
    "ask_too_long": "a question about the clip and its answer are longer than the model reads",
    "schema_refused": "the form asked for an answer cannot be held to",
    "picture_broken": "a picture of the clip for the model could not be read",
    "out_of_memory": "a single question about the clip did not fit into the device's memory",
    "model_failed": "the model failed on a question about the clip",
    "closed": "the model was closed before it answered",
}
"""Reasons of ``AskError`` in words."""


class AskError(Exception):
    """No answer could be had. ``reason`` is a short fixed word for the books, of ``ASK_REASONS``; ``detail`` a sentence for
    a person, without secrets. ``passing``: asking again another day may help (a server that is down), so the clip is not
    given up for good.
    """

    def __init__(self, reason: str, detail: str, *, passing: bool) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.passing = passing


class BackendUnusableError(Exception):
    """Nobody can be answered here: a key that is refused, a model that is not served or cannot be loaded. No clip is at fault,
    so it is no ``AskError``: it ends the run. The text names the place and the fix, without secrets.
    """


class AskBackend(Protocol):
    """A model that can be asked. Many asks may be in flight at once, on one event loop."""

    @property
    def model(self) -> Model:
        """With role ``captioner``, its exact revision and its license."""
        ...

    async def ask(self, ask: Ask) -> Answer:
        """Raises ``AskError`` and ``BackendUnusableError``. Retries of what passes (busy, connection lost) are the backend's
        own.
        """
        ...

    async def close(self) -> None:
        """Ends what the backend started. Asks in flight fail."""
        ...
