"""What scan keeps of every frame: 16 bytes, in columns, enough to look again at any decision without a pixel.

``content`` and ``histogram`` are PySceneDetect's metrics on the pass's small frames (at 48x27). Columns of one byte hold
a value in 0..1 or 0..255 on a square-root scale, finest near zero where decisions lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from operators.frame_changes import colour_differences, content_values, histogram_correlations

KEY_FLAG = 1
CORRUPT_FLAG = 2
ASKED_FLAG = 4
BYTES_PER_FRAME = 16

_LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)

Frames = npt.NDArray[np.uint8]
Column = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Signals:
    """One value per frame in each column; ``N`` frames.

    ``pts`` in ticks of the stream's time base. ``flags``: bit 0 key frame, bit 1 corrupt, bit 2 TransNetV2 was
    asked.
    Quantised by ``to_byte``, read with ``from_byte``:
    ``content`` (full scale 255): PySceneDetect's content value against the frame before, mean HSV difference.
    ``histogram`` (1): one minus its luma-histogram correlation with the frame before, halved.
    ``luma``, ``spread`` (255): mean and standard deviation of luma (BT.601 weights).
    ``difference`` (255): mean absolute RGB difference from the frame before.
    ``single``, ``many`` (1): TransNetV2's single-frame and all-frames heads; 0 where it was not asked.
    """

    pts: npt.NDArray[np.int64]
    flags: Column
    content: Column
    histogram: Column
    luma: Column
    spread: Column
    difference: Column
    single: Column
    many: Column


FULL_SCALE = {"content": 255.0, "histogram": 1.0, "luma": 255.0, "spread": 255.0}
FULL_SCALE |= {"difference": 255.0, "single": 1.0, "many": 1.0}


def to_byte(values: npt.ArrayLike, full_scale: float) -> Column:
    """``round(255 * sqrt(value / full_scale))``, clipped to 0..255."""
    share = np.clip(np.asarray(values, np.float64) / full_scale, 0.0, 1.0)
    return cast(Column, np.rint(255.0 * np.sqrt(share)).astype(np.uint8))


def from_byte(column: Column, full_scale: float) -> npt.NDArray[np.float32]:
    """The value that a byte stands for."""
    return cast("npt.NDArray[np.float32]", (np.square(column.astype(np.float32) / 255.0) * full_scale))


class SignalMeter:
    """Measures frames, some at a time, and keeps the columns: 16 bytes a frame, nothing else grows."""

    def __init__(self) -> None:
        self._columns = {column.name: bytearray() for column in fields(Signals)}
        self._last: Frames | None = None

    def measure(self, frames: Frames, pts: Sequence[int], flags: Sequence[int]) -> None:
        """``frames``: ``(N, H, W, 3) uint8 RGB``, ``N >= 1``, the same size every time. ``flags``: ``KEY_FLAG``,
        ``CORRUPT_FLAG``."""
        with_last = np.concatenate([frames[:1] if self._last is None else self._last, frames])
        self._last = frames[-1:].copy()
        luma = (frames @ _LUMA_WEIGHTS).reshape(len(frames), -1)
        self._columns["pts"] += np.asarray(pts, np.int64).tobytes()
        self._columns["flags"] += bytes(flags)
        self._append("content", content_values(with_last))
        self._append("histogram", (1.0 - histogram_correlations(with_last)) / 2)
        self._append("luma", luma.mean(axis=1))
        self._append("spread", luma.std(axis=1))
        self._append("difference", colour_differences(with_last))

    def add_probabilities(self, both: npt.NDArray[np.float32]) -> None:
        """``(M, 2)``: TransNetV2's heads for the next ``M`` frames, NaN where it was not asked; they may lag behind the
        measuring."""
        first, flags = len(self._columns["single"]), self._columns["flags"]
        for number in np.flatnonzero(~np.isnan(both[:, 0])).tolist():
            flags[first + number] |= ASKED_FLAG
        said = np.nan_to_num(both, nan=0.0)
        self._append("single", said[:, 0])
        self._append("many", said[:, 1])

    def signals(self) -> Signals:
        """The columns so far. Probabilities that never came are 0."""
        count = len(self._columns["flags"])
        bytes_of = {name: bytes(data) for name, data in self._columns.items()}
        column = {name: np.frombuffer(data.ljust(count, b"\0"), np.uint8) for name, data in bytes_of.items()}
        return Signals(**column | {"pts": np.frombuffer(bytes_of["pts"], np.int64)})  # type: ignore[arg-type]

    def _append(self, name: str, values: npt.ArrayLike) -> None:
        self._columns[name] += to_byte(values, FULL_SCALE[name]).tobytes()


def write_signals(signals: Signals, path: Path) -> None:
    """One Parquet file; equal signals give equal bytes (with one build of pyarrow)."""
    arrays = {column.name: getattr(signals, column.name) for column in fields(Signals)}
    table = pa.table({name: pa.array(values) for name, values in arrays.items()})
    packed = {name: "DELTA_BINARY_PACKED" if name == "pts" else "PLAIN" for name in arrays}
    pq.write_table(table, path, compression="zstd", use_dictionary=False, column_encoding=packed, store_schema=False)


def read_signals(path: Path) -> Signals:
    """What ``write_signals`` wrote. Raises ``KeyError`` if a column is missing."""
    table = pq.read_table(path)
    column = {field.name: table.column(field.name).to_numpy().astype(np.uint8) for field in fields(Signals)[1:]}
    return Signals(pts=table.column("pts").to_numpy().astype(np.int64), **column)
