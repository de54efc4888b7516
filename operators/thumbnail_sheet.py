"""One picture per fragment: samples taken while the film streams by, the one nearest the fragment's middle kept as a
tile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

TILE_WIDTH, TILE_HEIGHT = 160, 90
COLUMNS, TILES_PER_SHEET = 10, 100
MOST_HELD = 256
QUALITY = 85

Frame = npt.NDArray[np.uint8]


def tile_size(width: int, height: int) -> tuple[int, int]:
    """The largest even size within 160x90 that has the film's shape, ``(width, height)``; at least 2x2."""
    scale = min(TILE_WIDTH / width, TILE_HEIGHT / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


@dataclass(frozen=True)
class _Sample:
    index: int
    frame: Frame


class TilePicker:
    """Holds the samples of fragments that are not finished yet. Where they grow many, every second of the older ones
    goes."""

    def __init__(self) -> None:
        self._samples: list[_Sample] = []

    def add(self, index: int, frame: Frame) -> None:
        """``frame``: ``(H, W, 3) uint8 RGB`` at tile size; ``index`` rises."""
        self._samples.append(_Sample(index, frame))
        if len(self._samples) > MOST_HELD:
            half = MOST_HELD // 2
            self._samples = self._samples[:half:2] + self._samples[half:]

    def finish_fragment(self, start: int, end: int) -> tuple[bytes, list[tuple[int, Frame]]]:
        """The JPEG of the sample nearest the middle of frames ``[start, end)``, and the samples that lie inside, with their
        frames' numbers. Forgets all earlier."""
        middle = (start + end) // 2
        nearest = min(self._samples, key=lambda sample: abs(sample.index - middle))
        inside = [(sample.index, sample.frame) for sample in self._samples if start <= sample.index < end]
        kept = [sample for sample in self._samples if sample.index >= end]
        self._samples = kept or self._samples[-1:]
        return _jpeg(nearest.frame), inside


def sheet_path(first: str, number: int) -> str:
    """Where sheet ``number`` lies if sheet 0 is ``first``: ``film.jpg``, ``film.1.jpg``, ``film.2.jpg`` ..."""
    return first if number == 0 else str(PurePosixPath(first).with_suffix(f".{number}.jpg"))


def place_of(tile: int, size: tuple[int, int]) -> tuple[int, int, int]:
    """The sheet that holds a tile, and the tile's left and top edge in it."""
    number, inside = divmod(tile, TILES_PER_SHEET)
    return number, inside % COLUMNS * size[0], inside // COLUMNS * size[1]


def sheets(tiles: Sequence[bytes], size: tuple[int, int]) -> Iterator[bytes]:
    """All tiles in JPEGs of at most 100, ten to a row, left to right and top to bottom. Without tiles: one black tile.

    Of many sheets only one is in memory, and none is larger than JPEG allows.
    """
    for start in range(0, max(1, len(tiles)), TILES_PER_SHEET):
        yield _sheet(tiles[start : start + TILES_PER_SHEET], size)


def _sheet(tiles: Sequence[bytes], size: tuple[int, int]) -> bytes:
    width, height = size
    columns, rows = max(1, min(COLUMNS, len(tiles))), max(1, math.ceil(len(tiles) / COLUMNS))
    canvas = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, tile in enumerate(tiles):
        _, left, top = place_of(number, size)
        picture = cast(Frame, cv2.imdecode(np.frombuffer(tile, np.uint8), cv2.IMREAD_COLOR))
        canvas[top : top + height, left : left + width] = picture
    return _encoded(canvas)


def _jpeg(frame: Frame) -> bytes:
    return _encoded(cast(Frame, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)))


def _encoded(bgr: Frame) -> bytes:
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of {bgr.shape} cannot be written as JPEG")
    return data.tobytes()
