"""Single frames of a clip as one sheet of pictures: decoded where clips may be opened, drawn on elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from operators.aside import written_aside
from operators.decode import FrameScaler, decode_film

MOST_PIXELS = 64_000_000


def strip_pictures_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """A task for the child process that may open films: ``clip`` (path), ``frames`` (clip frame indexes), ``width`` and
    ``height`` of a picture in pixels, ``out`` (path of the sheet). Returns ``frames``: those in the sheet."""
    clip, out = Path(arguments["clip"]), Path(arguments["out"])
    found = write_strip_sheet(clip, arguments["frames"], arguments["width"], arguments["height"], out)
    return {"frames": list(found)}


def write_strip_sheet(clip: Path, frames: Sequence[int], width: int, height: int, out: Path) -> tuple[int, ...]:
    """Writes the frames below one another as a PNG; returns which ones the clip had. Without any, nothing is written.

    Raises ``FilmError`` as ``decode_film`` does, ``ValueError`` for a sheet of more than 64 million pixels.
    """
    if len(frames) * width * height > MOST_PIXELS:
        raise ValueError(f"{len(frames)} pictures of {width}x{height} are more than fit on a sheet")
    wanted, scaler = set(frames), FrameScaler()
    pictures: dict[int, NDArray[np.uint8]] = {}
    last = max(wanted, default=-1)
    decoding = decode_film(clip)
    for frame in decoding:
        if frame.index in wanted:
            pictures[frame.index] = scaler.to_array(frame.picture, width, height)
        if frame.index >= last:
            decoding.close()
            break
    found = tuple(sorted(pictures))
    if found:
        out.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(out) as aside:
            sheet = np.concatenate([pictures[index] for index in found])
            Image.fromarray(sheet).save(aside, "PNG", compress_level=1)
    return found


def read_strip_sheet(sheet: Path, frames: Sequence[int]) -> dict[int, NDArray[np.uint8]]:
    """``{frame: (height, width, 3) uint8 RGB}``; ``frames`` are those that ``write_strip_sheet`` returned.

    Raises ``ValueError`` if the sheet is not one of so many pictures, ``OSError`` if it cannot be read.
    """
    if not frames:
        return {}
    with Image.open(sheet, formats=["PNG"]) as image:
        if image.width * image.height > MOST_PIXELS or image.height % len(frames):
            raise ValueError(f"{sheet}: not a sheet of {len(frames)} pictures")
        pixels = np.asarray(image.convert("RGB"))
    return dict(zip(frames, np.split(pixels, len(frames)), strict=True))
