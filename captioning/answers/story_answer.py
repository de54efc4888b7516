"""What is said of the whole clip."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from captioning.answers.schema import AnswerPart, Schema, of_length, schema_of

STORY_LENGTH = 2400
CUT_LENGTH = 160
MOST_CUTS = 64


class StoryAnswer(AnswerPart):
    """``cuts``: for each cut, from what to what it goes."""

    caption: Annotated[str, Field(min_length=1, max_length=STORY_LENGTH)]
    cuts: Annotated[tuple[Annotated[str, Field(max_length=CUT_LENGTH)], ...], Field(max_length=MOST_CUTS)]


def story_schema(cuts: int) -> Schema:
    return of_length(schema_of(StoryAnswer), "cuts", cuts)
