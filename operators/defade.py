"""Frames that are taken off a shot next to its transitions, so that no mixed picture is left in a clip.

The transition's own frames never belong to a shot. On top of that a margin is taken off on both sides of every
gradual transition and of the film's fade-in and fade-out, because where a dissolve begins is measured, and its first
and last frames differ from a clean picture by less than a detector can see. The longer a dissolve or wipe, the more such
frames it has and the farther off its ends may be found, so a share of its length is added; fades are found to the frame
by their brightness. The published recipe deletes the frames "not belonging to a single shot" (Cine250K, arXiv
2508.11484) and names no margin; Panda-70M trims a tenth of each end. Margin and share are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from pydantic import BaseModel, ConfigDict, Field

from formats.exact_time import FrameRange
from operators.gaps import Gap

SLOW_ENDED = ("dissolve", "wipe")


class DefadeSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    margin: int = Field(
        default=2, ge=0, le=1000, description="frames taken off on both sides of a dissolve, fade or wipe"
    )
    margin_percent: int = Field(
        default=10,
        ge=0,
        le=100,
        description="taken off on top of the margin on both sides of a dissolve or wipe: so many percent of its length, rounded up",
    )


def shots_between(
    gaps: Sequence[Gap], total: int, settings: DefadeSettings
) -> tuple[tuple[FrameRange, FrameRange], ...]:
    """For every run of frames between two gaps of a film of ``total`` frames: the run, and what the margins leave of
    it.

    A margin does not stop at the next gap: a hard cut found within a frame or two of a dissolve may be part of it.
    What is left may be empty. ``gaps`` are in film order and do not touch.
    """
    opened = accumulate((gap.frames[1] + margin_of(gap, settings) for gap in gaps), max, initial=0)
    closed = accumulate((gap.frames[0] - margin_of(gap, settings) for gap in reversed(gaps)), min, initial=total)
    starts = (0, *(gap.frames[1] for gap in gaps))
    ends = (*(gap.frames[0] for gap in gaps), total)
    shots = []
    for start, end, first, last in zip(starts, ends, opened, reversed(tuple(closed)), strict=True):
        if start < end:
            clean = min(max(start, first), end)
            shots.append(((start, end), (clean, max(clean, min(end, last)))))
    return tuple(shots)


def margin_of(gap: Gap, settings: DefadeSettings) -> int:
    """Frames to keep away from ``gap``, on both sides."""
    if not (gap.gradual or gap.edge):
        return 0
    found = gap.transition
    if found is None or found.kind not in SLOW_ENDED:
        return settings.margin
    return settings.margin + -(-(found.frames[1] - found.frames[0]) * settings.margin_percent // 100)
