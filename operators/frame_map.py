"""Which source frame each clip frame shows. Exact arithmetic; knows no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan, PlannedShot
from formats.exact_time import FrameRange, parse_rational


@dataclass(frozen=True)
class FrameMap:
    """Clip frame k shows source frame ``source_frames[k]`` with timestamp ``source_pts[k]``; both ``(frames,)`` int64.

    ``shots`` are clip frame ranges, contiguous from 0; ``fps`` is the clip's constant rate.
    """

    fps: Fraction
    source_frames: NDArray[np.int64]
    source_pts: NDArray[np.int64]
    shots: tuple[FrameRange, ...]

    @property
    def frames(self) -> int:
        return len(self.source_frames)


def map_frames(plan: ClipPlan, source_pts: NDArray[np.int64], fps: Fraction | None = None) -> FrameMap:
    """The frame map of ``plan``. ``source_pts``: ``(film frames,)`` int64, the film's timestamps in presentation order.

    A constant-rate source asked for no other rate goes 1:1. Otherwise each shot on its own, from its first timestamp
    t0: clip frame k shows the source frame on screen at t0 + (k + 1/2) / fps, and the shot has (duration * fps) frames,
    rounded half up, at least 1. Frames of a constant-rate source count as shown at exact multiples of 1 / ``plan.fps``,
    so that timestamps rounded to a coarse time base (Matroska's milliseconds) do not make resampled motion uneven.

    Raises ``ValueError`` if the plan's timestamps are not the film's.
    """
    rate = parse_rational(plan.fps)
    target = rate if fps is None else fps
    chosen: list[NDArray[np.int64]] = []
    shots: list[FrameRange] = []
    start = 0
    for shot in plan.shots:
        _check_shot(shot, source_pts)
        offsets = _shown_offsets(plan, shot, source_pts, rate, target)
        chosen.append(offsets + shot.source_frames[0])
        shots.append((start, start + len(offsets)))
        start += len(offsets)
    source_frames = np.concatenate(chosen)
    return FrameMap(target, source_frames, source_pts[source_frames], tuple(shots))


def _shown_offsets(
    plan: ClipPlan, shot: PlannedShot, source_pts: NDArray[np.int64], rate: Fraction, target: Fraction
) -> NDArray[np.int64]:
    first, end = shot.source_frames
    if plan.vfr:
        pts = source_pts[first:end]
        return _on_screen(pts, shot.source_pts[1], parse_rational(plan.time_base), target)
    if target == rate:
        return np.arange(end - first, dtype=np.int64)
    # A constant rate is a variable one whose ticks are the frames themselves.
    return _on_screen(np.arange(end - first, dtype=np.int64), end - first, 1 / rate, target)


def _on_screen(pts: NDArray[np.int64], end: int, tick: Fraction, fps: Fraction) -> NDArray[np.int64]:
    """Offsets into ``pts`` of the frames on screen at pts[0] + (k + 1/2) / fps; ``end`` in ticks of ``tick`` s."""
    start = int(pts[0])
    count = max(1, floor((end - start) * tick * fps + Fraction(1, 2)))
    half_frame = 1 / (2 * fps * tick)
    instants = [start + floor((2 * k + 1) * half_frame) for k in range(count)]
    # Half up can put the last instant on the shot's end itself: the last frame then, never the next shot's.
    return np.searchsorted(pts, np.array(instants, dtype=np.int64), side="right").astype(np.int64) - 1


def _check_shot(shot: PlannedShot, source_pts: NDArray[np.int64]) -> None:
    first, end = shot.source_frames
    if not 0 <= first < end <= len(source_pts):
        raise ValueError(f"shot {shot.source_frames} does not lie in a film of {len(source_pts)} frames")
    pts = source_pts[first:end]
    if np.any(np.diff(pts) <= 0):
        raise ValueError(f"the timestamps of shot {shot.source_frames} do not rise from frame to frame")
    follows = int(source_pts[end]) if end < len(source_pts) else None
    ends_right = shot.source_pts[1] == follows if follows is not None else shot.source_pts[1] > int(pts[-1])
    if int(pts[0]) != shot.source_pts[0] or not ends_right:
        raise ValueError(f"shot {shot.source_frames}: the plan's timestamps {shot.source_pts} are not the film's")
