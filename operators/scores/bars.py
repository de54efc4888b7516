"""Black bars: the box that holds the picture, per look, over a fragment, and over a clip.

A line of pixels at the edge belongs to a bar if at most ``STRAY`` of it is brighter than ``BLACK``; FFmpeg's
``cropdetect`` asks for the line's mean instead, which a dark scene passes sooner. The box of several looks is what covers the
boxes of all, so that nothing that was ever seen is cut off. If even that is less than ``LEAST_AREA`` of the frame, it is
words or a lamp on black, and the whole frame is the picture. What cannot be told: a picture whose edge stays black in every
look has, to this rule, a bar.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.film_scan import PictureBox
from operators.orientation import Orientation
from operators.scores.picture_luma import PictureLuma
from operators.scores.score import Score

BLACK = 16
STRAY = 0.005
LEAST_AREA = 0.25
"""An upright 9:16 picture in a 16:9 frame fills 0.32."""
_LINES = 16
_NEARLY = 1e-6

_bars = partial(Score, method="black-bars/1", low=0.0, high=1.0, rule="min", source="ours, after FFmpeg's cropdetect")
LETTERBOX = _bars(name="letterbox", unit="share of the height", meaning="black bars at top and bottom in every look")
PILLARBOX = _bars(name="pillarbox", unit="share of the width", meaning="black bars at left and right in every look")


@dataclass(frozen=True)
class PictureShare:
    """Where the picture is, as shares of the upright frame's width and height, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    def pixels(self, width: int, height: int) -> PictureBox:
        """In whole pixels of a frame of this size, none of the picture lost."""
        return (
            math.floor(self.left * width + _NEARLY),
            math.floor(self.top * height + _NEARLY),
            math.ceil(self.right * width - _NEARLY),
            math.ceil(self.bottom * height - _NEARLY),
        )


WHOLE = PictureShare(0.0, 0.0, 1.0, 1.0)


def find_picture(luma: PictureLuma) -> PictureShare | None:
    """``None`` for a frame that is black all over."""
    plane, black = luma.plane, luma.code(BLACK)
    top = _first_bright(plane, black)
    if top is None:
        return None
    height, width = plane.shape
    bottom = height - (_first_bright(plane[::-1], black) or 0)
    across = plane[top:bottom].T
    left, right = _first_bright(across, black) or 0, width - (_first_bright(across[::-1], black) or 0)
    return _upright((left / width, top / height, right / width, bottom / height), luma.orientation)


def covering(boxes: Sequence[PictureShare]) -> PictureShare | None:
    """The smallest that holds all ``boxes``; ``None`` of none."""
    if not boxes:
        return None
    return PictureShare(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def believed(box: PictureShare) -> PictureShare:
    """``box``, or the whole frame where it is too small to be a picture between bars."""
    return box if (box.right - box.left) * (box.bottom - box.top) >= LEAST_AREA else WHOLE


def bar_scores(box: PictureShare) -> dict[str, float]:
    return {LETTERBOX.name: 1.0 - (box.bottom - box.top), PILLARBOX.name: 1.0 - (box.right - box.left)}


def _first_bright(lines: NDArray[Any], black: int) -> int | None:
    """The first of ``lines`` that belongs to no bar; looked for a few at a time, since most films have no bars."""
    for start in range(0, len(lines), _LINES):
        bright = np.count_nonzero(lines[start : start + _LINES] > black, axis=1) > STRAY * lines.shape[1]
        if bright.any():
            return start + int(bright.argmax())
    return None


def _upright(edges: tuple[float, float, float, float], orientation: Orientation) -> PictureShare:
    left, top, right, bottom = edges
    if orientation.mirrored:
        left, right = 1 - right, 1 - left
    for _ in range(orientation.clockwise // 90):
        left, top, right, bottom = 1 - bottom, left, 1 - top, right
    return PictureShare(left, top, right, bottom)
