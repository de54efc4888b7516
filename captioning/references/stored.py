"""The file of a clip's references beside the images themselves: what the record will say, and what it took.

It is written after them: where it is, the images are.
"""

from __future__ import annotations

from pydantic import Field

from captioning.references.settings import ReferenceSettings
from formats.clip_record import Model, Reference
from formats.film_scan import Record
from operators.picture_models.weights import folder_revision

REVISION = "2"
"""Raised when the same clip, words and settings would give other images."""


TWO_NAMES = "two_names"
"""The fault of an answer that ``identity.py`` finds, of ``captioning/faults/rules.py``."""


class OneSubject(Record):
    """The subject ``also`` is ``entity``, whose name stays. ``likeness`` told so: of two that act together the overlap of their
    boxes, of others the mean cosine of their pictures."""

    entity: str
    also: str
    likeness: float


class ReferenceCounts(Record):
    """``two_names``: names that were given up, since their subject has another; ``subjects`` are counted without them.
    ``pictures``: how often a picture was searched for a subject. ``missing``: subjects without an image, by the reasons of
    ``choice.py``."""

    two_names: int = 0
    subjects: int = 0
    found: int = 0
    masks: int = 0
    pictures: int = 0
    missing: tuple[tuple[str, int], ...] = ()


class StoredReferences(Record):
    """``bytes`` and ``sha256`` of the images' file, the member of the clip's sample."""

    same: tuple[OneSubject, ...] = ()
    references: tuple[Reference, ...]
    models: tuple[Model, ...]
    counts: ReferenceCounts
    bytes: int = Field(ge=0)
    sha256: str


def references_fingerprint(settings: ReferenceSettings) -> str:
    """What shapes reference images beside the clip and its words; of a model in a folder here its weights' content. A hub id
    stands for what its revision names."""
    chosen = (settings.detector_weights, settings.segmenter_weights, settings.embedder_weights)
    contents = filter(None, (folder_revision(each.source) for each in chosen))
    return " ".join((REVISION, settings.model_dump_json(), *contents))


def stored_references_json(stored: StoredReferences) -> bytes:
    return stored.model_dump_json(indent=1).encode() + b"\n"


def read_stored_references(data: bytes) -> StoredReferences:
    """Raises ``pydantic.ValidationError`` (a ``ValueError``)."""
    return StoredReferences.model_validate_json(data)
