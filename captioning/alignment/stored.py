"""The file of a clip's alignment: the scores of its shots, and who gave them."""

from __future__ import annotations

from captioning.alignment.settings import AlignmentSettings
from captioning.frames.sampling_settings import SamplingSettings
from formats.clip_record import Model, Score
from formats.film_scan import Record
from operators.picture_models.weights import folder_revision

REVISION = "1"
"""Raised when the same clip, words and settings would give other scores."""


class StoredAlignment(Record):
    """``models`` is empty where nothing was scored."""

    scores: tuple[Score, ...]
    models: tuple[Model, ...]


def alignment_fingerprint(settings: AlignmentSettings, sampling: SamplingSettings) -> str:
    """What shapes the scores beside the clip and its words; of a model in a folder here its weights' content. A hub id stands
    for what its revision names. ``sampling``: of the pictures that are compared."""
    content = folder_revision(settings.weights.source)
    return " ".join((REVISION, settings.model_dump_json(), sampling.model_dump_json(), content))


def stored_alignment_json(stored: StoredAlignment) -> bytes:
    return stored.model_dump_json(indent=1).encode() + b"\n"


def read_stored_alignment(data: bytes) -> StoredAlignment:
    """Raises ``pydantic.ValidationError`` (a ``ValueError``)."""
    return StoredAlignment.model_validate_json(data)
