"""Annotate one clip, as a task for a child process: JSON in, a file on disk, JSON out."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
from pydantic import BaseModel, ConfigDict

from captioning.backends import open_captioner
from captioning.clip_file import ClipFile
from captioning.protocol import ClipInput, annotation_json
from captioning.settings import CaptionSettings
from formats.clip_plan import MadeClip
from operators.aside import written_aside


class AnnotateArguments(BaseModel):
    """``clip`` is the file to describe, ``made`` what it is, ``annotation`` the file to write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: Path
    made: MadeClip
    settings: CaptionSettings
    annotation: Path


def annotate_clip_task(arguments: dict[str, object]) -> dict[str, object]:
    """Describes a clip and writes its annotation whole or not at all. ``arguments`` as in ``AnnotateArguments``.

    Returns ``{"bytes": ..., "events": ...}``. Raises ``FilmError`` where the clip cannot be decoded or is not as
    ``made`` says.
    """
    task = AnnotateArguments.model_validate_json(_as_json(arguments))
    cv2.setNumThreads(1)
    annotation = open_captioner(task.settings).describe(ClipFile(ClipInput.of_made(task.clip, task.made)))
    data = annotation_json(annotation)
    task.annotation.parent.mkdir(parents=True, exist_ok=True)
    with written_aside(task.annotation) as aside:
        aside.write_bytes(data)
    return {"bytes": len(data), "events": len(annotation.events)}


def _as_json(arguments: dict[str, object]) -> str:
    return json.dumps(arguments)
