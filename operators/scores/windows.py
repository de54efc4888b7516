"""Nine windows of a frame's own pixels, on a grid over the picture inside its bars: where detail is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from operators.scores.bars import PictureShare
from operators.scores.picture_luma import Luma, PictureLuma

SIDE = 64
SMALLEST = 16
GRID = (1 / 6, 3 / 6, 5 / 6)
_BLOCK = 8
LARGEST_HEIGHT = 1080


def windows_of(luma: PictureLuma, box: PictureShare) -> tuple[Luma, ...]:
    """Up to ``SIDE`` x ``SIDE`` uint8, their corners at multiples of eight coded pixels; none of a very small picture.

    ``box`` is of the upright frame; a turned frame's is taken as it is coded.
    """
    height, width = luma.plane.shape
    left, top, right, bottom = (box.left, box.top, box.right, box.bottom)
    if luma.orientation.swaps_axes:
        left, top, right, bottom = top, left, bottom, right
    wide, high = (right - left) * width, (bottom - top) * height
    side = min(SIDE, int(min(wide, high) / 3) // _BLOCK * _BLOCK)
    if side < SMALLEST:
        return ()
    corners = [
        (_aligned(top * height + y * high - side / 2, height), _aligned(left * width + x * wide - side / 2, width))
        for y in GRID
        for x in GRID
    ]
    return tuple(luma.window(y, x, side, side) for y, x in corners)


def at_clip_size(windows: Sequence[Luma], luma: PictureLuma) -> tuple[Luma, ...]:
    """Shrunk by the whole factor that brings a larger film to about 1080 lines: what no clip shows does not count."""
    factor = round(min(luma.plane.shape) / LARGEST_HEIGHT)
    if factor < 2:
        return tuple(windows)
    size = (SIDE // factor, SIDE // factor)
    return tuple(np.asarray(cv2.resize(window, size, interpolation=cv2.INTER_AREA)) for window in windows)


def _aligned(place: float, length: int) -> int:
    return min(max(0, round(place / _BLOCK) * _BLOCK), max(0, length - 1))
