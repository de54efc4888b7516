"""The tasks of cut and verify on one clip, for a child process: JSON in, JSON out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from formats.clip_plan import ClipPlan, MadeClip
from operators.aside import written_aside
from operators.encode import EncodeSettings
from operators.film_error import FilmError
from operators.signals import KEY_FLAG, read_signals
from operators.unchanged import FileFacts
from operators.verify import VerificationError, make_clip, verify_clip


def cut_clip_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """Encode, decode back, prove. The clip's record is written last: it says that the clip is whole. ``seekable`` is false
    for a film whose timestamps can only be told by decoding it from the start.

    Raises ``FilmError``, ``verification_failed`` when the clip does not equal its plan.
    """
    plan = ClipPlan.model_validate(arguments["plan"])
    clip, record = Path(arguments["clip"]), Path(arguments["made"])
    signals = read_signals(Path(arguments["signals"]))
    key_pts = signals.pts[signals.flags & KEY_FLAG > 0].tolist() if arguments["seekable"] else []
    settings = EncodeSettings.model_validate(arguments["settings"])
    try:
        made = make_clip(plan, Path(arguments["film"]), clip, settings, signals.pts, key_pts=key_pts)
    except VerificationError as error:
        raise FilmError("verification_failed", str(error)) from error
    FileFacts(bytes=arguments["bytes"], mtime_ns=arguments["mtime_ns"]).check(Path(arguments["film"]))
    with written_aside(record) as aside:
        aside.write_text(made.model_dump_json(), encoding="utf-8")
    return {"frames": made.frames, "bytes": made.bytes}


def verify_clip_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """Hold a clip against what the manifest says of it. Returns ``{"problems": [...]}``, empty when all is right."""
    problems = verify_clip(Path(arguments["clip"]), MadeClip.model_validate(arguments["made"]))
    return {"problems": [f"{problem.code}: {problem.detail}" for problem in problems]}
