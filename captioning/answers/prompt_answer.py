"""Which nodes of cinematic control a prompt mentions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from captioning.answers.schema import AnswerPart, Schema, object_schema, schema_of
from captioning.taxonomy.nodes import Node

SENTENCE_LENGTH = 300

Phrase = Annotated[str, Field(min_length=1, max_length=120)]
Sentence = Annotated[str, Field(min_length=1, max_length=SENTENCE_LENGTH)]


class StatedCategory(AnswerPart):
    """``score``: how plainly the prompt mentions the node, as stated: anything."""

    words: Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=6)]
    score: float
    reason: Sentence
    question: Sentence


class PromptAnswer(AnswerPart):
    """``words``: of the prompt, to do with the pillar. ``categories``: by the node's path."""

    words: Annotated[tuple[Phrase, ...], Field(max_length=24)]
    categories: dict[str, StatedCategory]


def prompt_schema(nodes: Sequence[Node]) -> Schema:
    """A property per node, none of them required; the score between 0 and 1."""
    category = schema_of(StatedCategory)
    scored = {**category["properties"], "score": {"type": "number", "minimum": 0, "maximum": 1}}
    phrase = category["properties"]["words"]["items"]
    categories: Schema = {
        "type": "object",
        "properties": {node.path: {**category, "properties": scored} for node in nodes},
        "required": [],
        "additionalProperties": False,
    }
    words: Schema = {"type": "array", "items": phrase, "maxItems": 24}
    return object_schema({"words": words, "categories": categories})
