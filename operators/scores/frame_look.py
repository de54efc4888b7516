"""Looks closer at some frames of a film while it streams by, and keeps what was seen until their fragment is final."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import cv2
import numpy as np

from operators.decode import DecodedFrame
from operators.picture_motion import Grey, MotionMeter, evened_luma, measuring_size
from operators.scores.bars import PictureShare, believed, find_picture
from operators.scores.blockiness import BLOCKINESS, blockiness
from operators.scores.exposure import exposure
from operators.scores.motion import motion_scores
from operators.scores.noise import NOISE, noise
from operators.scores.picture_luma import Luma, PictureLuma
from operators.scores.sharpness import SHARPNESS, sharpness
from operators.scores.text import TEXT_AREA, text_area
from operators.scores.windows import at_clip_size, windows_of

LOOK_SECONDS = Fraction(1)
"""At least this long from one look to the next."""
JUMP_SECONDS = Fraction(1, 5)
"""After a jump sooner, but never sooner than this: a strobe is not looked at with every flash."""
PAIR_SECONDS = Fraction(2, 25)
"""Motion is measured from a look to the first frame at least this much later: long enough for slow things to move."""
JUMP_LEVELS = 12
LONG_SIDE = 576
"""Three times that at which motion is measured; letters of a fiftieth of the height still have six pixels."""
MOST_HELD = 256


@dataclass(frozen=True)
class FrameLook:
    """What was measured of frames ``[index, until)``, one or two looks; ``box`` is absent of a black frame, and of what two
    looks say."""

    index: int
    until: int
    scores: Mapping[str, float]
    box: PictureShare | None = None


@dataclass(frozen=True)
class _Place:
    """Where a frame is: its number, and its timestamp in ticks."""

    index: int
    pts: int


class FrameLooks:
    """Fed every frame of a film in order; looks at few. Damaged frames are passed over."""

    def __init__(self, width: int, height: int, time_base: Fraction) -> None:
        """``width`` x ``height``: the film's display size."""
        scale = min(1.0, LONG_SIDE / max(width, height))
        self._size = max(1, round(width * scale)), max(1, round(height * scale))
        self._motion_size = measuring_size(*self._size)
        self._tick = time_base
        self._jump_ticks = ceil(JUMP_SECONDS / time_base)
        self._look_ticks, self._pair_ticks = ceil(LOOK_SECONDS / time_base), ceil(PAIR_SECONDS / time_base)
        self._looks: list[FrameLook] = []
        self._last: _Place | None = None
        self._waiting: tuple[_Place, Luma] | None = None

    def see(self, frame: DecodedFrame, jumped: bool = False) -> None:
        """``jumped``: the picture is another than before, so that a short fragment is looked at too."""
        if frame.corrupt:
            self._waiting = None
            return
        if self._waiting is not None and frame.pts - self._waiting[0].pts >= self._pair_ticks:
            self._look_again(frame)
        if self._last is None or frame.pts - self._last.pts >= (self._jump_ticks if jumped else self._look_ticks):
            self._look(frame)

    def finish_fragment(self, start: int, end: int) -> tuple[FrameLook, ...]:
        """The looks at frames ``[start, end)``; of very many, some. Forgets all earlier ones."""
        inside = tuple(look for look in self._looks if start <= look.index and look.until <= end)
        self._looks = [look for look in self._looks if look.index >= end]
        return inside

    def _look(self, frame: DecodedFrame) -> None:
        luma = PictureLuma(frame.picture)
        small, box = luma.small(*self._size), find_picture(luma)
        self._last = _Place(frame.index, frame.pts)
        self._waiting = self._last, small
        self._keep(FrameLook(frame.index, frame.index + 1, _seen(luma, small, box), box))

    def _look_again(self, frame: DecodedFrame) -> None:
        assert self._waiting is not None
        before, small = self._waiting
        self._waiting = None
        again = PictureLuma(frame.picture).small(*self._size)
        scores = {TEXT_AREA.name: text_area(small, again)}
        meter = MotionMeter()
        meter.see_grey(self._for_motion(small))
        motion = meter.see_grey(self._for_motion(again))
        if motion is not None:
            scores |= motion_scores(motion, float((frame.pts - before.pts) * self._tick))
        self._keep(FrameLook(before.index, frame.index + 1, scores))

    def _for_motion(self, small: Luma) -> Grey:
        return evened_luma(np.asarray(cv2.resize(small, self._motion_size, interpolation=cv2.INTER_AREA)))

    def _keep(self, look: FrameLook) -> None:
        self._looks.append(look)
        if len(self._looks) > MOST_HELD:
            half = MOST_HELD // 2
            self._looks = self._looks[:half:2] + self._looks[half:]


def jumps(before: Luma, after: Luma) -> bool:
    """Whether two small frames, ``(H, W, 3)`` uint8, differ as two shots do, by and large."""
    return float(cv2.absdiff(before, after).mean()) > JUMP_LEVELS


def _seen(luma: PictureLuma, small: Luma, box: PictureShare | None) -> dict[str, float]:
    if box is None:
        return exposure(small)
    picture = believed(box)
    left, top, right, bottom = picture.pixels(small.shape[1], small.shape[0])
    windows = windows_of(luma, picture)
    scores = exposure(small[top:bottom, left:right])
    at_size = at_clip_size(windows, luma)
    measured = {SHARPNESS.name: sharpness(at_size), NOISE.name: noise(at_size), BLOCKINESS.name: blockiness(windows)}
    return scores | {name: value for name, value in measured.items() if value is not None}
