"""A clip's film strip: its frames laid along time, every shot as wide as it is long, cut at the shots' borders."""

from __future__ import annotations

import io
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from formats.clip_record import ClipRecord

Picture = npt.NDArray[np.uint8]
"""``(H, W, 3) uint8, RGB``."""

_BORDER = (250, 250, 250)
_NOTHING = (70, 74, 80)


def strip_frames(record: ClipRecord, count: int) -> tuple[int, ...]:
    """The clip frames worth decoding for a strip of about ``count`` cells, sorted: ``count`` evenly spaced ones, and
    the first, middle and last frame of every shot."""
    frames = record.video.frames
    wanted = {frames * (2 * i + 1) // (2 * count) for i in range(count)}
    for shot in record.shots:
        start, end = shot.frames
        wanted |= {start, (start + end) // 2, end - 1}
    return tuple(sorted(frame for frame in wanted if 0 <= frame < frames))


def picture_size(record: ClipRecord, height: int) -> tuple[int, int]:
    """``(width, height)`` of a picture of the clip, ``height`` pixels high; at most 4 times as wide as high."""
    return min(4 * height, max(2, round(height * record.video.width / record.video.height))), height


def draw_strip(record: ClipRecord, frames: Mapping[int, Picture], *, width: int = 960, height: int = 96) -> Image.Image:
    """RGB, ``width`` x ``height`` pixels. Each cell shows, of the frames given for its shot, the one nearest to the
    cell's middle, cropped to the cell; a shot for which none was given stays grey."""
    strip = Image.new("RGB", (width, height), _NOTHING)
    draw = ImageDraw.Draw(strip)
    total = record.video.frames
    aspect = record.video.width / record.video.height
    for shot in record.shots:
        start, end = shot.frames
        left, right = round(start * width / total), round(end * width / total)
        given = [frame for frame in frames if start <= frame < end]
        if right > left and given:
            _draw_shot(strip, (left, right), (start, end), {frame: frames[frame] for frame in given}, aspect)
        if start:
            draw.line([(left, 0), (left, height)], fill=_BORDER, width=max(1, height // 40))
    return strip


def strip_jpeg(record: ClipRecord, frames: Mapping[int, Picture], *, width: int = 960, height: int = 96) -> bytes:
    """``draw_strip`` as JPEG, without metadata."""
    return jpeg(draw_strip(record, frames, width=width, height=height))


def jpeg(image: Image.Image, quality: int = 75) -> bytes:
    """Baseline JPEG bytes, the same for the same pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def fill(picture: Picture, width: int, height: int) -> Image.Image:
    """``picture`` scaled to cover ``width`` x ``height`` pixels, its middle part kept."""
    image = Image.fromarray(picture)
    scale = max(width / image.width, height / image.height)
    across, down = width / scale, height / scale
    left, top = (image.width - across) / 2, (image.height - down) / 2
    box = (max(0.0, left), max(0.0, top), min(image.width, left + across), min(image.height, top + down))
    return image.resize((width, height), Image.Resampling.LANCZOS, box)


def _draw_shot(
    strip: Image.Image, pixels: tuple[int, int], shot: tuple[int, int], frames: Mapping[int, Picture], aspect: float
) -> None:
    left, right = pixels
    cells = max(1, round((right - left) / (strip.height * aspect)))
    edges = [left + (right - left) * i // cells for i in range(cells + 1)]
    for x0, x1 in pairwise(edges):
        middle = shot[0] + ((x0 + x1) / 2 - left) / (right - left) * (shot[1] - shot[0])
        nearest = min(sorted(frames), key=lambda frame: abs(frame + 0.5 - middle))
        strip.paste(fill(frames[nearest], x1 - x0, strip.height), (x0, 0))
