"""Who and what is in the clip, and where it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from captioning.answers.schema import AnswerPart, Schema, schema_of

NAME_LENGTH = 40
DESCRIPTION_LENGTH = 400
MOST_NAMED = 32


class NamedEntity(AnswerPart):
    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    description: Annotated[str, Field(min_length=1, max_length=DESCRIPTION_LENGTH)]


class CastAnswer(AnswerPart):
    """``scenes`` are places."""

    subjects: Annotated[tuple[NamedEntity, ...], Field(max_length=MOST_NAMED)]
    scenes: Annotated[tuple[NamedEntity, ...], Field(max_length=MOST_NAMED)]


def cast_schema(most: int) -> Schema:
    """At most ``most`` of either, and at least one place."""
    schema = schema_of(CastAnswer)
    fields: Schema = schema["properties"]
    return {
        **schema,
        "properties": {
            "subjects": {**fields["subjects"], "maxItems": most},
            "scenes": {**fields["scenes"], "minItems": 1, "maxItems": most},
        },
    }
