"""The cut stage's task on one clip: encode, decode back, prove, and write down what was made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from formats.clip_plan import ClipPlan
from operators.encode import EncodeSettings
from operators.signals import read_signals
from operators.verify import make_clip


def cut_clip_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """JSON in, JSON out, for a child process. The record of the clip is written last: it says that the clip is whole."""
    plan = ClipPlan.model_validate(arguments["plan"])
    clip, record = Path(arguments["clip"]), Path(arguments["made"])
    clip.parent.mkdir(parents=True, exist_ok=True)
    pts = read_signals(Path(arguments["signals"])).pts
    made = make_clip(plan, Path(arguments["film"]), clip, EncodeSettings.model_validate(arguments["settings"]), pts)
    aside = record.with_name(f".{record.name}.{os.getpid()}")
    aside.write_text(made.model_dump_json(), encoding="utf-8")
    aside.replace(record)
    return {"frames": made.frames, "bytes": made.bytes}
