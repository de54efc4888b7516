"""Which nodes of cinematic control one shot shows, and with which values."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import RootModel

from captioning.answers.schema import Schema
from captioning.taxonomy.nodes import Node

MOST_VALUES = 4
VALUE_LENGTH = 60


class TagsAnswer(RootModel[dict[str, str | tuple[str, ...]]]):
    """Values by the node's path; a node that is not seen is absent."""


def tags_schema(nodes: Sequence[Node]) -> Schema:
    """One property per node, none of them required: a node that is not seen costs no token."""
    return {
        "type": "object",
        "properties": {node.path: _values(node) for node in nodes},
        "required": [],
        "additionalProperties": False,
    }


def _values(node: Node) -> Schema:
    if node.closed:
        value: Schema = {"type": "string", "enum": list(node.closed)}
        most = min(MOST_VALUES, len(node.closed))
    else:
        value = {"type": "string", "minLength": 1, "maxLength": VALUE_LENGTH}
        most = MOST_VALUES
    return {"type": "array", "items": value, "minItems": 1, "maxItems": most}
