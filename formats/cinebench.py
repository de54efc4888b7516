"""CineBenchSyn's annotation files as they are: what stands in one is read, kept and written again, unknown fields too.

From a clip of ours to such a file: ``formats/cinebench_export.py``. From such a file to a timeline and back:
``formats/cinebench_timeline.py``. The format is that of the CineOrchestra project (github.com/snap-research/CineOrchestra), as its
evaluation reads it.
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from formats.strict_json import StrictJsonError, refuse_loose_json

CUT_SECONDS = 1e-5
"""The width of a hard cut in their files: an interval of no width makes no shot border in their evaluation."""

EVALUATED_TRANSITION = "{shot_transition}"
"""Their evaluation tests for this name, while their text says ``{transition}``; both are read here."""

MAX_CINEBENCH_BYTES = 8 * 1024 * 1024
"""Of one annotation."""
MAX_CONTAINER_BYTES = 256 * 1024 * 1024
"""Of a list of annotations in one file."""

Seconds = Annotated[float, Field(allow_inf_nan=False)]
Interval = tuple[Seconds, Seconds]


class CineBenchError(ValueError):
    """Bytes that are not a CineBenchSyn annotation."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    @property
    def unknown(self) -> dict[str, JsonValue]:
        """The fields that this class does not name."""
        return dict(self.model_extra or {})


class GlobalEntity(_Part):
    """``name`` with its braces. ``time_intervals`` is the union of the entity's events, in seconds."""

    name: str
    description: str = ""
    time_intervals: tuple[Interval, ...] = ()
    ref_image_path: str | None = None


class DenseEntity(_Part):
    """One event. ``time_intervals`` is flat here: start and end in seconds."""

    name: str
    description: str
    time_intervals: tuple[Seconds, ...]


class CineBenchClip(_Part):
    """One annotation. ``summary`` is wrapped in literal quotation marks in most of their files. Only those of real clips
    have ``data_id``, the source's (an MD5 in hex), and ``frame_timestamps``, seconds in the source at steps of 1/15 s."""

    global_entities: tuple[GlobalEntity, ...]
    dense_entities: tuple[DenseEntity, ...]
    summary: str | None = None
    data_id: str | None = None
    frame_timestamps: tuple[Seconds, ...] | None = None


def cinebench_json(clip: CineBenchClip) -> bytes:
    """The file's bytes: UTF-8, indented. What was not there is left out, what was ``null`` stays."""
    return (
        json.dumps(clip.model_dump(exclude_unset=True), ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"
    )


def read_cinebench(data: bytes) -> CineBenchClip:
    """The annotation in ``data``, unknown fields kept. Raises ``CineBenchError``."""
    _refuse_bad_bytes(data, MAX_CINEBENCH_BYTES)
    return _clip_in(data)


def read_cinebench_file(data: bytes) -> tuple[CineBenchClip | CineBenchError, ...]:
    """The annotations in ``data``: one, or those of a list whose entries hold theirs under ``enhanced_prompt``,
    ``ultra_dense_json``, as their evaluation takes it. An entry that is none stands as its error. Raises ``CineBenchError`` for
    a file that is neither."""
    _refuse_bad_bytes(data, MAX_CONTAINER_BYTES)
    value = json.loads(data)
    if not isinstance(value, list):
        return (read_cinebench(json.dumps(_unwrapped(value)).encode()),)
    found: list[CineBenchClip | CineBenchError] = []
    for entry in value:
        try:
            found.append(read_cinebench(json.dumps(_unwrapped(entry)).encode()))
        except CineBenchError as error:
            found.append(error)
    if not found:
        raise CineBenchError("an empty list")
    return tuple(found)


def _unwrapped(value: object) -> object:
    for name in ("enhanced_prompt", "ultra_dense_json"):
        if isinstance(value, dict) and "global_entities" not in value and name in value:
            value = value[name]
    return value


def _refuse_bad_bytes(data: bytes, most: int) -> None:
    if len(data) > most:
        raise CineBenchError(f"larger than {most} bytes")
    try:
        refuse_loose_json(data)
    except StrictJsonError as error:
        raise CineBenchError(str(error)) from error


def _clip_in(data: bytes) -> CineBenchClip:
    try:
        return CineBenchClip.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CineBenchError(f"{place}: {first['msg']}") from error
