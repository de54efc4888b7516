"""What a captioner is given, what it gives back, and how one is chosen: a clip in, the words of its record out.

A captioner that needs no model is a class with ``describe``, a name in ``settings.BackendName`` and a line in
``captioning/backends``. Nothing here is heavy to import.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from formats.clip_plan import MadeClip
from formats.clip_record import Caption, Entity, Event, Model, Score, Tag
from formats.exact_time import FrameRange, Rational
from formats.film_scan import Record


class ClipInput(Record):
    """One finished clip. ``shots`` are clip frame ranges, contiguous from 0; between two of them is always a hard
    cut.
    """

    path: Path
    shots: tuple[FrameRange, ...] = Field(min_length=1)
    fps: Rational
    width: int = Field(ge=1)
    height: int = Field(ge=1)

    @model_validator(mode="after")
    def _contiguous(self) -> Self:
        at = 0
        for start, end in self.shots:
            if start != at or end <= start:
                raise ValueError(f"shots must be contiguous from 0 and not empty, got {[list(s) for s in self.shots]}")
            at = end
        return self

    @classmethod
    def of_made(cls, path: Path, made: MadeClip) -> Self:
        return cls(path=path, shots=made.shots, fps=made.fps, width=made.width, height=made.height)

    @property
    def frames(self) -> int:
        return self.shots[-1][1]


class ClipFrame(Protocol):
    """One frame, of which nothing is converted before it is asked for."""

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        """``(height, width, 3) uint8``, for measuring: means over areas."""
        ...

    def luma(self, width: int, height: int) -> NDArray[np.uint8]:
        """``(height, width) uint8``, full range."""
        ...


class ClipPictures(Protocol):
    """A clip that can be looked at."""

    @property
    def clip(self) -> ClipInput: ...

    def frames(self) -> Iterator[ClipFrame]:
        """All frames in order, one at a time. Each call begins at the first frame. Raises as ``pictures``."""
        ...

    def pictures(self, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
        """All frames in order, one at a time: ``(height, width, 3) uint8, RGB``. Each call begins at the first frame.

        Raises ``FilmError`` if the clip cannot be decoded or does not have ``clip.frames`` frames.
        """
        ...


class ClipAnnotation(Record):
    """The part of the clip record that a captioner writes; types and rules are those of ``formats/clip_record.py``."""

    captions: tuple[Caption, ...]
    entities: tuple[Entity, ...]
    events: tuple[Event, ...]
    scores: tuple[Score, ...]
    tags: tuple[Tag, ...]
    models: tuple[Model, ...]


class Captioner(Protocol):
    def describe(self, clip: ClipPictures) -> ClipAnnotation:
        """Raises ``FilmError`` where the clip itself is at fault."""
        ...


def annotation_json(annotation: ClipAnnotation) -> bytes:
    """The stage's file: UTF-8 JSON, fields in the order of the class, a newline at the end. Equal annotations, equal
    bytes.
    """
    return annotation.model_dump_json(indent=1).encode() + b"\n"


def read_annotation(data: bytes) -> ClipAnnotation:
    """What ``annotation_json`` wrote. Raises ``pydantic.ValidationError`` (a ``ValueError``) for anything else."""
    return ClipAnnotation.model_validate_json(data)
