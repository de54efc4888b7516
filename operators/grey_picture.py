"""Grey pictures in limited range (monochrome H.264, AV1) made readable: swscale takes every grey for full range."""

from __future__ import annotations

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

_EXACT = Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def with_chroma(picture: VideoFrame) -> VideoFrame:
    """A grey picture that says it is of limited range, as YCbCr with the same luma; any other as it is."""
    name = picture.format.name
    if not name.startswith("gray") or picture.color_range != ColorRange.MPEG:
        return picture
    same = {"src_color_range": ColorRange.JPEG, "dst_color_range": ColorRange.JPEG}
    full = VideoReformatter().reformat(picture, format=name.replace("gray", "yuv420p"), interpolation=_EXACT, **same)
    full.colorspace, full.color_primaries = picture.colorspace, picture.color_primaries
    full.color_trc, full.color_range = picture.color_trc, ColorRange.MPEG
    return full
