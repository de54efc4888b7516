"""How long frames of one film last, exactly: from the rate where it is constant, from the timestamps where it is
not."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor

import numpy as np
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan
from formats.exact_time import FrameRange, PtsRange, parse_rational
from formats.film_scan import FilmScan


@dataclass(frozen=True)
class FilmClock:
    """``borders`` is ``(frames + 1,)`` int64 in ticks: frame k is shown from ``borders[k]`` until ``borders[k +
    1]``."""

    borders: NDArray[np.int64]
    tick: Fraction
    fps: Fraction
    vfr: bool

    @classmethod
    def of_film(cls, scan: FilmScan, pts: NDArray[np.int64]) -> FilmClock:
        """``pts``: ``(frames,)`` int64, presentation timestamps in order. Raises ``ValueError`` if they are not the
        scan's."""
        if pts.shape != (scan.timing.frames,):
            raise ValueError(f"the scan counts {scan.timing.frames} frames, the timestamps have shape {pts.shape}")
        borders = np.append(pts.astype(np.int64), np.int64(scan.timing.end_pts))
        if np.any(np.diff(borders) <= 0):
            raise ValueError("presentation timestamps must rise from frame to frame")
        tick = parse_rational(scan.probe.time_base)
        return cls(borders, tick, parse_rational(scan.timing.fps), scan.timing.vfr)

    def pts_span(self, frames: FrameRange) -> PtsRange:
        """From the first frame's timestamp to the instant at which the last frame stops being shown, in ticks."""
        return int(self.borders[frames[0]]), int(self.borders[frames[1]])

    def seconds(self, frames: FrameRange) -> Fraction:
        """How long the frames last."""
        if not self.vfr:
            return (frames[1] - frames[0]) / self.fps
        start, end = self.pts_span(frames)
        return (end - start) * self.tick

    def head_within(self, frames: FrameRange, limit: Fraction) -> FrameRange:
        """The longest opening part of ``frames`` that lasts at most ``limit`` seconds; may be empty."""
        start, end = frames
        if limit <= 0:
            return start, start
        if not self.vfr:
            return start, min(end, start + floor(limit * self.fps))
        last = int(self.borders[start]) + floor(limit / self.tick)
        return start, min(end, int(np.searchsorted(self.borders, last, side="right")) - 1)

    def tail_within(self, frames: FrameRange, limit: Fraction) -> FrameRange:
        """The longest closing part of ``frames`` that lasts at most ``limit`` seconds; may be empty."""
        start, end = frames
        if limit <= 0:
            return end, end
        if not self.vfr:
            return max(start, end - floor(limit * self.fps)), end
        first = int(self.borders[end]) - floor(limit / self.tick)
        return max(start, int(np.searchsorted(self.borders, first, side="left"))), end


def plan_seconds(plan: ClipPlan) -> Fraction:
    """How long a planned clip lasts: the time of its shots, joins left out."""
    if plan.vfr:
        ticks = sum(shot.source_pts[1] - shot.source_pts[0] for shot in plan.shots)
        return ticks * _rational(plan.time_base)
    frames = sum(shot.source_frames[1] - shot.source_frames[0] for shot in plan.shots)
    return frames / _rational(plan.fps)


_rational = lru_cache(maxsize=256)(parse_rational)
