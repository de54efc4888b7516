"""What cut writes down of a clip that a test made, so that a task can be given it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from formats.clip_plan import MadeClip

SHOTS = ((0, 24), (24, 54))
"""Of the fixture ``two_shot_file``."""


def made_clip(clip: Path, shots: tuple[tuple[int, int], ...] = SHOTS, key: str = "aa-0-0-54") -> MadeClip:
    return MadeClip.model_validate(
        {
            "key": key,
            "fps": "24/1",
            "frames": shots[-1][1],
            "width": 384,
            "height": 216,
            "shots": shots,
            "audio": {"codec": "", "channels": 0, "rate": 0},
            "bytes": clip.stat().st_size,
            "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
            "borders": [],
            "encoder": "test",
        }
    )
