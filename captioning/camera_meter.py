"""The camera of one shot after another, fed frame by frame: few frames are looked at, all of them are accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from captioning.background_track import BackgroundMotion, BackgroundTracker
from captioning.camera_moves import CameraMove, axis_rates, camera_moves
from formats.exact_time import FrameRange
from operators.picture_motion import Grey

LOOKS_PER_SECOND = 12
"""At least so many where there are so many frames: enough for a hand's shake, and for borders that the speeds place."""


@dataclass(frozen=True)
class ShotCamera:
    """``speed``: mean speed of the picture in frame widths per second, None where nothing could be measured."""

    moves: tuple[CameraMove, ...]
    speed: float | None


def frames_per_look(fps: Fraction) -> int:
    """1 up to 23 frames per second, 2 from 24 on, 5 at 60."""
    return max(1, int(fps / LOOKS_PER_SECOND))


class CameraMeter:
    """Holds two pictures and the motions of one shot."""

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._every = frames_per_look(fps)
        self._tracker = BackgroundTracker()
        self._frames = 0
        self._motions: list[BackgroundMotion | None] = []

    def see(self, luma: Callable[[], Grey]) -> None:
        """The shot's next frame; ``luma`` gives it as ``(H, W) uint8`` of ``measuring_size``, if it is looked at."""
        if self._frames % self._every == 0:
            self._motions.append(self._tracker.see(luma()))
        self._frames += 1

    def finish_shot(self, shot: FrameRange) -> ShotCamera:
        """What the camera did in the frames seen since the last shot, which are ``shot`` of the clip."""
        motions = self._motions[1:]
        moves = camera_moves(motions, shot, self._fps, self._every)
        rates = axis_rates(motions, self._fps / self._every)
        known = rates[~np.isnan(rates).any(axis=1)]
        self._tracker.cut()
        self._frames, self._motions = 0, []
        return ShotCamera(moves, float(np.sqrt((known**2).sum(axis=1)).mean()) if len(known) else None)
