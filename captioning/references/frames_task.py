"""Take whole frames out of one clip, as a task for a child process: JSON in, a file, JSON out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
from pydantic import BaseModel, ConfigDict

from captioning.references.frames_file import write_frames
from formats.clip_plan import MadeClip
from operators.decode import FrameScaler, decode_film
from operators.film_error import FilmError

_QUALITY = 98
_OPTIONS = (cv2.IMWRITE_JPEG_QUALITY, _QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)


class FramesArguments(BaseModel):
    """``clip`` is the file to look at, ``made`` what it is, ``frames`` those wanted, ``out`` the file to write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: Path
    made: MadeClip
    frames: tuple[int, ...]
    out: Path


def whole_frames_task(arguments: dict[str, object]) -> dict[str, object]:
    """Writes the wanted frames of a clip at its own size, whole or not at all. ``arguments`` as in ``FramesArguments``. One pass
    over the clip; one frame is held at a time.

    Returns ``{"bytes": ..., "pictures": ..., "seconds": ...}``. Raises ``FilmError`` where the clip cannot be decoded or is not as
    ``made`` says.
    """
    began = time.monotonic()
    task = FramesArguments.model_validate_json(json.dumps(arguments))
    cv2.setNumThreads(1)
    count = write_frames(task.out, _pictures(task))
    return {"bytes": task.out.stat().st_size, "pictures": count, "seconds": time.monotonic() - began}


def _pictures(task: FramesArguments) -> Iterator[tuple[int, bytes]]:
    made, wanted, seen = task.made, set(task.frames), 0
    scaler = FrameScaler()
    for frame in decode_film(task.clip):
        if seen in wanted:
            rgb = scaler.to_array(frame.picture, made.width, made.height)
            done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), _OPTIONS)
            if not done:
                raise ValueError("OpenCV could not encode a JPEG")
            yield seen, bytes(data)
        seen += 1
    if seen != made.frames:
        raise FilmError("frame_missing", f"The clip has {seen} frames, its shots cover {made.frames}.")
