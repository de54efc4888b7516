"""Pictures of high dynamic range, scaled and tone-mapped: the one way to them for measuring and for clips."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from operators.clip_colour import has_wide_gamut, is_full_range, sws_source_matrix
from operators.tone_map import tone_mapped


def tone_mapped_rgb(
    scaler: VideoReformatter, picture: VideoFrame, width: int, height: int, interpolation: Interpolation
) -> NDArray[np.uint16]:
    """``(height, width, 3)`` uint16, R'G'B' of BT.709 from 0 to ``FULL``; ``picture`` is PQ or HLG, and is not turned.

    Scaled before it is mapped, on its signal, which is near to how eyes see it. (Not to ``rgb48``: without a change of
    size, swscale's area mode gives false colours there.)
    """
    scaled = scaler.reformat(
        picture,
        width=width,
        height=height,
        format="gbrp16le",
        src_colorspace=sws_source_matrix(picture),
        src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=interpolation,
        threads=1,
    )
    return tone_mapped(
        scaled.to_ndarray().astype(np.uint16, copy=False), int(picture.color_trc), wide_gamut=has_wide_gamut(picture)
    )
