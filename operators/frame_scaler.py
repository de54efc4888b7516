"""Decoded frames as RGB arrays of a wanted size, the same bytes on every x86-64 machine."""

from __future__ import annotations

from typing import Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from operators.clip_colour import is_full_range, is_hdr, sws_source_matrix
from operators.grey_picture import with_chroma
from operators.hdr_picture import tone_mapped_rgb
from operators.orientation import orientation_of

_EXACT: Final = Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""Rounding that does not depend on the processor's vector instructions.

Without full chroma, swscale's colours are up to 2.7 levels off, with it half a level.
"""

FOR_LOOKING: Final = Interpolation.BICUBIC | _EXACT
"""Bicubic, widened when it scales down."""

FOR_MEASURING: Final = Interpolation.AREA | _EXACT
"""Plain means over areas: about half the time of bicubic when a film becomes 48x27."""


class FrameScaler:
    """Scales frames of one film to any number of sizes; the scaler of each size is kept, which is most of the speed."""

    def __init__(self, interpolation: Interpolation = FOR_LOOKING) -> None:
        self._interpolation = interpolation
        self._scalers: dict[tuple[int, int], VideoReformatter] = {}

    def to_array(self, picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
        """``picture`` turned for display and scaled to ``width`` x ``height``: ``(height, width, 3)`` uint8, RGB.

        The size is a display size, after turning; see ``display_size`` for the one that keeps pixels square. High
        dynamic range is tone-mapped as in clips; BT.2020 in standard range is converted by its matrix alone.
        """
        orientation = orientation_of(picture)
        coded = (height, width) if orientation.swaps_axes else (width, height)
        scaler = self._scalers.setdefault(coded, VideoReformatter())
        picture = with_chroma(picture)
        if is_hdr(picture):
            mapped = tone_mapped_rgb(scaler, picture, *coded, self._interpolation)
            return orientation.applied(((mapped + 128) >> 8).astype(np.uint8))
        scaled = scaler.reformat(
            picture,
            width=coded[0],
            height=coded[1],
            format="rgb24",
            src_colorspace=sws_source_matrix(picture),
            src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=self._interpolation,
            threads=1,
        )
        return orientation.applied(_rgb_array(scaled))


def _rgb_array(picture: VideoFrame) -> NDArray[np.uint8]:
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(picture.height, plane.line_size)
    pixels = rows[:, : picture.width * 3].reshape(picture.height, picture.width, 3)
    return np.array(pixels, copy=True)
