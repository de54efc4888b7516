"""Whole frames of a clip as one file: a ZIP without compression of ``FRAME.jpg``.

The child process that decoded the clip writes it, so it is read as untrusted: nothing is unpacked to disk, sizes are bounded,
and the frames must be those that were asked for, at the clip's size.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formats.clip_plan import MadeClip
from operators.aside import written_aside

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_BYTES_PER_PIXEL = 3
_HEAD_BYTES = 4096


class FramesFileError(ValueError):
    """The file is not what ``write_frames`` writes of this clip."""


def write_frames(out: Path, pictures: Iterable[tuple[int, bytes]]) -> int:
    """``pictures``: frame and JPEG, one held at a time. Returns how many there were."""
    count = 0
    with written_aside(out) as aside, zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as archive:
        for frame, jpeg in pictures:
            archive.writestr(zipfile.ZipInfo(_name(frame), _FIXED_DATE), jpeg)
            count += 1
    return count


def read_frames(path: Path, made: MadeClip, frames: Sequence[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """``frames`` of ``made``, one at a time: ``(height, width, 3)`` RGB. Raises ``FramesFileError`` for a file without one of
    them, or with a picture of another size; ``OSError`` if it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for frame in frames:
                yield frame, _picture(archive, _name(frame), made)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise FramesFileError(f"{path.name} does not hold the clip's frames: {type(error).__name__}") from error


def most_frame_bytes(made: MadeClip) -> int:
    """More than a frame takes, decoded or as a JPEG."""
    return made.width * made.height * _BYTES_PER_PIXEL + _HEAD_BYTES


def _picture(archive: zipfile.ZipFile, name: str, made: MadeClip) -> NDArray[np.uint8]:
    entry = archive.getinfo(name)
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size > most_frame_bytes(made):
        raise FramesFileError(f"{name} is compressed or too large")
    try:
        with Image.open(io.BytesIO(archive.read(entry)), formats=("JPEG",)) as opened:
            if opened.size != (made.width, made.height):
                raise FramesFileError(f"{name} is {opened.size[0]}x{opened.size[1]}, not {made.width}x{made.height}")
            return np.asarray(opened.convert("RGB"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise FramesFileError(f"{name} is no JPEG: {error}") from error


def _name(frame: int) -> str:
    return f"{frame:09d}.jpg"
