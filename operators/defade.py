"""Frames that are taken off a shot next to its transitions, so that no mixed picture is left in a clip.

The transition's own frames never belong to a shot. On top of that a margin is taken off on both sides of every
gradual transition and of the film's fade-in and fade-out, because where a dissolve begins is measured, and its first
and last frames differ from a clean picture by less than a detector can see. The published recipe deletes the frames
"not belonging to a single shot" (Cine250K, arXiv 2508.11484) and names no margin; Panda-70M trims a tenth of each
end. The margin in frames is ours.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from formats.exact_time import FrameRange
from operators.gaps import Gap


class DefadeSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    margin: int = Field(
        default=2, ge=0, le=1000, description="frames taken off on both sides of a dissolve, fade or wipe"
    )
    cut_margin: int = Field(default=0, ge=0, le=1000, description="frames taken off on both sides of a hard cut")


def margin_of(gap: Gap | None, settings: DefadeSettings) -> int:
    """Frames to take off a shot that borders on ``gap`` (``None``: it borders on the film's first or last frame)."""
    if gap is None:
        return 0
    if gap.gradual or gap.edge:
        return settings.margin
    return settings.cut_margin if gap.transition is not None else 0


def without_margins(run: FrameRange, before: int, after: int) -> FrameRange:
    """``run`` less ``before`` frames at its start and ``after`` at its end; empty if nothing is left."""
    start = min(run[0] + before, run[1])
    return start, max(start, run[1] - after)
