"""From a source frame to the picture the encoder gets: upright, square pixels, even sides, yuv420p, limited range."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from numpy.typing import NDArray

from operators.clip_colour import (
    ClipColour,
    has_wide_gamut,
    is_full_range,
    is_hdr,
    source_matrix,
    sws_source_matrix,
)
from operators.grey_picture import with_chroma
from operators.hdr_picture import tone_mapped_rgb
from operators.orientation import UPRIGHT, Orientation, orientation_of

# Bit-exact on every CPU: without these flags swscale's SIMD paths round differently.
_FLAGS = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)


def clip_size(width: int, height: int, max_short_side: int) -> tuple[int, int]:
    """Clip (width, height) of a source with this display size: never larger, both even.

    An odd side of an unscaled source loses its last column or row; resampling it to hide one line would blur all.
    """
    short = min(width, height)
    if short <= max_short_side:
        return max(2, width // 2 * 2), max(2, height // 2 * 2)
    scale = Fraction(max_short_side, short)
    return _nearest_even(width * scale), _nearest_even(height * scale)


def _nearest_even(value: Fraction) -> int:
    return max(2, 2 * round(value / 2))


def luma_plane(frame: VideoFrame) -> NDArray[np.uint8]:
    """``(H, W)`` uint8 view of the luma of an 8-bit planar YUV frame."""
    return _plane(frame, 0, frame.width, frame.height)


def _plane(frame: VideoFrame, index: int, width: int, height: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
    return rows[:height, :width]


class ClipPicture:
    """Converts the frames of one clip with one scaler. ``size`` is the clip's (width, height), see ``clip_size``."""

    def __init__(self, size: tuple[int, int], colour: ClipColour) -> None:
        self._size = size
        self._colour = colour
        self._scaler, self._to_clip = VideoReformatter(), VideoReformatter()

    def prepare(self, frame: VideoFrame) -> VideoFrame:
        """The frame as the encoder gets it. A fitting yuv420p frame comes back untouched: no conversion, no loss."""
        turn = orientation_of(frame)
        width, height = self._size[::-1] if turn.swaps_axes else self._size
        picture = with_chroma(frame)
        if not self._only_crops(picture, width, height):
            picture = self._scale(picture, width, height)
        if turn == UPRIGHT and (picture.width, picture.height) == (width, height):
            return picture
        return _turned_and_cropped(picture, turn, width, height)

    def _only_crops(self, frame: VideoFrame, width: int, height: int) -> bool:
        fits = 0 <= frame.width - width <= 1 and 0 <= frame.height - height <= 1
        return fits and frame.format.name == "yuv420p" and not self._changes_colour(frame)

    def _changes_colour(self, frame: VideoFrame) -> bool:
        return (
            is_full_range(frame)
            or is_hdr(frame)
            or has_wide_gamut(frame)
            or sws_source_matrix(frame) != self._colour.sws_matrix
            or source_matrix(frame) not in (1, 5, 6)
        )

    def _scale(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        if is_hdr(frame):
            return self._tone_mapped(frame, width, height)
        mapped = has_wide_gamut(frame)
        return self._scaler.reformat(
            frame,
            width=width,
            height=height,
            format="yuv420p",
            src_colorspace=sws_source_matrix(frame),
            dst_colorspace=Colorspace(self._colour.sws_matrix),
            src_color_range=ColorRange.JPEG if is_full_range(frame) else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            dst_color_trc=ColorTrc(self._colour.transfer) if mapped else None,
            dst_color_primaries=ColorPrimaries(self._colour.primaries) if mapped else None,
            interpolation=_FLAGS,
            threads=1,
        )

    def _tone_mapped(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        shown = VideoFrame.from_ndarray(tone_mapped_rgb(self._scaler, frame, width, height, _FLAGS), format="gbrp16le")
        return self._to_clip.reformat(
            shown,
            format="yuv420p",
            dst_colorspace=Colorspace(self._colour.sws_matrix),
            dst_color_range=ColorRange.MPEG,
            interpolation=_FLAGS,
            threads=1,
        )


def _turned_and_cropped(frame: VideoFrame, turn: Orientation, width: int, height: int) -> VideoFrame:
    """Crops a yuv420p frame to ``width`` x ``height`` (even) from the top left, then turns it."""
    planes = [turn.applied(_plane(frame, index, width // step, height // step)) for index, step in enumerate((1, 2, 2))]
    upright = VideoFrame(planes[0].shape[1], planes[0].shape[0], "yuv420p")
    for target, plane in zip(upright.planes, planes, strict=True):
        rows = np.zeros((plane.shape[0], target.line_size), np.uint8)
        rows[:, : plane.shape[1]] = plane
        target.update(rows.tobytes())
    return upright
