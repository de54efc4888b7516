"""The annotate stage's file: an annotation and what it took to get it, so that a run that was killed loses no count."""

from __future__ import annotations

from captioning.conversation.result import ConversationCounts
from captioning.protocol import ClipAnnotation


class StoredAnnotation(ClipAnnotation):
    """``counts`` is absent where nobody was asked."""

    counts: ConversationCounts | None = None


def stored_json(annotation: ClipAnnotation, counts: ConversationCounts) -> bytes:
    """As ``annotation_json``, with the counts at the end."""
    parts = {name: getattr(annotation, name) for name in ClipAnnotation.model_fields}
    return StoredAnnotation(**parts, counts=counts).model_dump_json(indent=1).encode() + b"\n"


def read_stored(data: bytes) -> StoredAnnotation:
    """What ``stored_json`` or ``annotation_json`` wrote. Raises ``pydantic.ValidationError`` (a ``ValueError``)."""
    return StoredAnnotation.model_validate_json(data)
