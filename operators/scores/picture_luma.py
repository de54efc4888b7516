"""The luma of a decoded frame without converting the frame: windows of its own pixels, and a small upright picture."""

from __future__ import annotations

import re
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from operators.clip_colour import is_full_range, is_hdr
from operators.orientation import Orientation, orientation_of
from operators.tone_map import grey_levels

Luma = NDArray[np.uint8]

_EIGHT_BITS = re.compile(r"(yuv[aj]?4\d\dp|nv(12|16|21|24|42)|gray)")
_MORE_BITS = re.compile(r"(yuva?4\d\dp|gray)(9|10|12|14|16)le")
_COARSEST = 5
"""Bilinear sampling sees every pixel's neighbourhood up to about this factor; beyond it, areas are averaged."""

_SAMPLED_FROM = 4
_SAMPLED_TWICE = 12
"""Up to so many pixels for one: every fifth or sixth of a row is then still looked at."""


class PictureLuma:
    """``plane``: ``(H, W)`` uint8 or uint16 as coded, a view. Formats whose first plane is not luma are converted; most
    are not. Full-range luma of high dynamic range is tone-mapped as that of greys is."""

    def __init__(self, picture: VideoFrame) -> None:
        self.height, self.width = picture.height, picture.width
        self.orientation: Orientation = orientation_of(picture)
        deep = _MORE_BITS.fullmatch(picture.format.name)
        self._shift = int(deep[2]) - 8 if deep else 0
        self._limited = not is_full_range(picture)
        source = picture
        if not deep and not _EIGHT_BITS.fullmatch(picture.format.name):
            source = VideoReformatter().reformat(picture, format="gray", dst_color_range=ColorRange.JPEG, threads=1)
            self._limited = False
        self._tables = [_FROM_LIMITED] if self._limited else []
        if is_hdr(picture):
            self._tables.append(grey_levels(int(picture.color_trc)))
        self.plane = _plane(source, np.dtype("<u2") if deep else np.dtype(np.uint8))

    def code(self, level: int) -> int:
        """What ``plane`` holds for a full-range level 0-255."""
        eight = round(16 + level * 219 / 255) if self._limited else level
        return eight << self._shift

    def window(self, top: int, left: int, height: int, width: int) -> Luma:
        """``(height, width)`` uint8, full range: the frame's own pixels; less where the frame ends."""
        return self._full_range(self.plane[top : top + height, left : left + width])

    def small(self, width: int, height: int) -> Luma:
        """``(height, width)`` uint8, full range: the whole frame scaled to this size of the upright picture."""
        size = (height, width) if self.orientation.swaps_axes else (width, height)
        coarse = min(self.height / size[1], self.width / size[0])
        how = cv2.INTER_AREA if coarse > _COARSEST else cv2.INTER_LINEAR
        return self.orientation.applied(self._full_range(np.asarray(cv2.resize(self.plane, size, interpolation=how))))

    def halved(self, width: int, height: int) -> Luma:
        """``(height, width)`` uint8, full range, as ``small``: means over areas, by halves. A much larger picture is first
        sampled bilinearly to twice or four times the size, which reads only a part of it and takes half the time."""
        size = (height, width) if self.orientation.swaps_axes else (width, height)
        plane: NDArray[Any] = self.plane
        coarse = min(plane.shape[1] / size[0], plane.shape[0] / size[1])
        if coarse >= _SAMPLED_FROM:
            times = 2 if coarse <= _SAMPLED_TWICE else 4
            plane = np.asarray(cv2.resize(plane, (times * size[0], times * size[1]), interpolation=cv2.INTER_LINEAR))
        while plane.shape[1] >= 2 * size[0] and plane.shape[0] >= 2 * size[1]:
            even = plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2]
            half = even.shape[1] // 2, even.shape[0] // 2
            plane = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA))
        scaled = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
        return self.orientation.applied(self._full_range(scaled))

    def _full_range(self, part: NDArray[Any]) -> Luma:
        eight = (part >> self._shift).astype(np.uint8) if self._shift else part
        for table in self._tables if eight.size else ():
            eight = np.asarray(cv2.LUT(eight, table))
        return np.asarray(eight)


def _plane(picture: VideoFrame, kind: np.dtype[Any]) -> NDArray[Any]:
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // kind.itemsize)
    return rows[: picture.height, : picture.width]


_FROM_LIMITED: Luma = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
