"""What a conversation about a clip begins with, as one task for a child process: its pictures, and what can be measured."""

from __future__ import annotations

import json
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from captioning.annotate import annotate_clip_task
from captioning.frames.sample_task import sample_frames_task
from captioning.frames.sampling_settings import SamplingSettings
from formats.clip_plan import MadeClip


class PrepareArguments(BaseModel):
    """``clip`` is the file to look at, ``made`` what it is; ``sampled`` and ``measured`` are the files to write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clip: Path
    made: MadeClip
    sampling: SamplingSettings
    sampled: Path
    measured: Path


def prepare_clip_task(arguments: dict[str, object]) -> dict[str, object]:
    """Writes a clip's pictures (``captioning/frames``) and its measured annotation. ``arguments`` as in ``PrepareArguments``.

    Returns ``{"bytes": ..., "pictures": ...}`` of the pictures, and the ``seconds`` that it took. Raises ``FilmError`` as the
    two tasks do.
    """
    began = time.monotonic()
    PrepareArguments.model_validate_json(json.dumps(arguments))
    common = {"clip": arguments["clip"], "made": arguments["made"]}
    pictures = sample_frames_task({**common, "sampling": arguments["sampling"], "sampled": arguments["sampled"]})
    annotate_clip_task({**common, "settings": {"backend": "measured"}, "annotation": arguments["measured"]})
    return {**pictures, "seconds": time.monotonic() - began}
