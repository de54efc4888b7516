"""The reply to ``POST /chat/completions`` as an answer. It comes from outside: nothing of it is taken on trust."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from captioning.asks import Answer, Ask, Finish
from captioning.backends.exchange_error import ExchangeError

_FINISHES: dict[str, Finish] = {"stop": "stop", "length": "length"}
_Tokens = Annotated[int, Field(ge=0, le=10**9)]


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: _Tokens = 0
    completion_tokens: _Tokens = 0


class _Reply(BaseModel):
    choices: tuple[_Choice, ...] = Field(min_length=1)
    usage: _Usage | None = None


class _Served(BaseModel):
    id: str = Field(max_length=1000)
    root: str | None = None


class _ServedList(BaseModel):
    data: tuple[_Served, ...]


def read_chat_reply(data: bytes, ask: Ask, url: str) -> Answer:
    """Raises ``ExchangeError`` for anything but a finished answer."""
    try:
        reply = _Reply.model_validate_json(data)
    except (ValidationError, RecursionError):
        raise ExchangeError(
            "again", "bad_reply", f"{url} answered 200 with {_look(data)} and no chat completion"
        ) from None
    choice, usage = reply.choices[0], reply.usage or _Usage()
    if choice.finish_reason == "content_filter":
        raise ExchangeError("give_up", "ask_refused", f"{url} held its answer back (content filter)")
    finish = _FINISHES.get(choice.finish_reason or "")
    if finish is None or choice.message.content is None:
        raise ExchangeError("again", "bad_reply", f"{url} sent an answer that is not finished")
    return Answer(ask.id, choice.message.content, finish, usage.prompt_tokens, usage.completion_tokens)


def read_served(data: bytes, url: str) -> dict[str, str]:
    """What ``GET /models`` lists: names by which a model may be known (its id, and the hub id or folder behind it), each with
    the id to ask for. Raises ``ExchangeError``.
    """
    try:
        served = _ServedList.model_validate_json(data).data
    except (ValidationError, RecursionError):
        raise ExchangeError(
            "again", "bad_reply", f"{url} answered 200 with {_look(data)} and no list of models"
        ) from None
    roots = {model.root: model.id for model in reversed(served) if model.root}
    return roots | {model.id: model.id for model in served}


def _look(data: bytes) -> str:
    return f"{len(data)} bytes" if data else "nothing"
