"""Take the pictures of one clip that a model is to be shown, as a task for a child process: JSON in, a file, JSON out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from captioning.asks import AskPicture
from captioning.frames.frame_choice import chosen_frames, picture_size
from captioning.frames.sampled_file import write_sampled
from captioning.frames.sampling_settings import SamplingSettings
from formats.clip_plan import MadeClip
from formats.exact_time import parse_rational
from operators.decode import FrameScaler, decode_film
from operators.film_error import FilmError


class SampleArguments(BaseModel):
    """``clip`` is the file to look at, ``made`` what it is, ``sampled`` the file to write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: Path
    made: MadeClip
    sampling: SamplingSettings
    sampled: Path


def sample_frames_task(arguments: dict[str, object]) -> dict[str, object]:
    """Writes the chosen pictures of a clip, whole or not at all. ``arguments`` as in ``SampleArguments``. One pass over the
    clip; one frame and one picture are held at a time.

    Returns ``{"bytes": ..., "pictures": ...}``. Raises ``FilmError`` where the clip cannot be decoded or is not as ``made``
    says.
    """
    task = SampleArguments.model_validate_json(json.dumps(arguments))
    cv2.setNumThreads(1)
    count = write_sampled(task.sampled, task.made.key, _pictures(task))
    return {"bytes": task.sampled.stat().st_size, "pictures": count}


def _pictures(task: SampleArguments) -> Iterator[tuple[int, int, AskPicture]]:
    made, fps = task.made, parse_rational(task.made.fps)
    wanted = {frame: i for i, shot in enumerate(made.shots) for frame in chosen_frames(shot, fps, task.sampling)}
    width, height = picture_size(made.width, made.height, task.sampling.picture_tokens)
    scaler = FrameScaler()
    seen = 0
    for frame in decode_film(task.clip):
        if seen in wanted:
            rgb = scaler.to_array(frame.picture, width, height)
            yield wanted[seen], seen, AskPicture(_jpeg(rgb, task.sampling.jpeg_quality), width, height)
        seen += 1
    if seen != made.frames:
        raise FilmError("frame_missing", f"The clip has {seen} frames, its shots cover {made.frames}.")


def _jpeg(rgb: NDArray[np.uint8], quality: int) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError("OpenCV could not encode a JPEG")
    return bytes(data)
