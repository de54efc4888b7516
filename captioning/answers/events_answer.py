"""What each entity does in one shot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, RootModel

from captioning.answers.schema import AnswerPart, Schema, object_schema, schema_of

PROMPT_LENGTH = 300
MOST_EVENTS = 16


class StatedEvent(AnswerPart):
    """``start`` and ``end`` in seconds from the clip's start, as stated: anything."""

    start: float
    end: float
    prompt: Annotated[str, Field(min_length=1, max_length=PROMPT_LENGTH)]


class EntityInShot(AnswerPart):
    visible: bool
    events: Annotated[tuple[StatedEvent, ...], Field(max_length=MOST_EVENTS)]


class EventsAnswer(RootModel[dict[str, EntityInShot]]):
    """By the entity's name without braces."""


def events_schema(names: Sequence[str], most: int, start: float, end: float) -> Schema:
    """One property per name; at most ``most`` events each, between ``start`` and ``end`` seconds."""
    entity = schema_of(EntityInShot)
    events = entity["properties"]["events"]
    event = events["items"]
    seconds = {"type": "number", "minimum": start, "maximum": end}
    timed = {**event, "properties": {**event["properties"], "start": seconds, "end": seconds}}
    fields = {**entity["properties"], "events": {**events, "items": timed, "maxItems": most}}
    return object_schema({name: {**entity, "properties": fields} for name in names})
