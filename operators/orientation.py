"""How a coded picture is turned and stretched for display: the display matrix and the pixel aspect ratio."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, cast

import numpy as np
from av.buffer import Buffer
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_CREDIBLE_ASPECT: Final = 8


@dataclass(frozen=True, slots=True)
class Orientation:
    """``clockwise``: 0, 90, 180 or 270 degrees to turn the coded picture; ``mirrored``: first flip it left to right."""

    clockwise: int = 0
    mirrored: bool = False

    @property
    def swaps_axes(self) -> bool:
        return self.clockwise in (90, 270)

    def applied(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """``(H, W, C)`` as coded to ``(H, W, C)`` or ``(W, H, C)`` as displayed, contiguous."""
        flipped = picture[:, ::-1] if self.mirrored else picture
        return np.ascontiguousarray(np.rot90(flipped, k=-self.clockwise // 90))


UPRIGHT: Final = Orientation()


def orientation_of(picture: VideoFrame) -> Orientation:
    """From the frame's display matrix (16.16 fixed point, row vectors; see FFmpeg's ``libavutil/display.h``).

    Angles between the quarter turns are rounded to the nearest one.
    """
    matrix: Buffer | None = cast(Any, picture.side_data).get(SideDataType.DISPLAYMATRIX)
    return UPRIGHT if matrix is None else orientation_from_matrix(struct.unpack_from("=9i", memoryview(matrix)))


def orientation_from_matrix(matrix: tuple[int, ...]) -> Orientation:
    """``matrix``: nine integers ``a b u c d v x y w``. A point maps to ``a x + c y``, ``b x + d y``; y points down."""
    a, b, _, c, d = matrix[:5]
    if a * d - b * c == 0:
        return UPRIGHT
    mirrored = a * d - b * c < 0
    angle = math.degrees(math.atan2(-b if mirrored else b, -a if mirrored else a))
    return Orientation(clockwise=round(angle / 90) % 4 * 90, mirrored=mirrored)


def pixel_aspect(stated: Fraction | None) -> Fraction:
    """Width over height of one pixel. Absent, non-positive and incredible ratios (beyond 8:1) count as square."""
    if stated is None or stated <= 0 or max(stated, 1 / stated) > _CREDIBLE_ASPECT:
        return Fraction(1)
    return Fraction(stated)


def display_size(width: int, height: int, aspect: Fraction, orientation: Orientation = UPRIGHT) -> tuple[int, int]:
    """``(width, height)`` with square pixels, after turning: the axis that was cut short is scaled up, none down."""
    wide = _rounded(width * aspect) if aspect > 1 else width
    high = _rounded(height / aspect) if aspect < 1 else height
    return (high, wide) if orientation.swaps_axes else (wide, high)


def _rounded(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
