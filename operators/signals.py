"""What scan keeps of every frame: 16 bytes, in columns, enough to look again at any decision without a pixel.

The meter runs PySceneDetect's own detectors on the pass's small frames, so ``content`` and ``histogram`` are its
metrics (at 48x27). Columns of one byte hold a value in 0..1 or 0..255 on a square-root scale, finest near zero where
decisions lie.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from scenedetect import FrameTimecode
from scenedetect.common import Timecode
from scenedetect.detectors import ContentDetector, HistogramDetector
from scenedetect.stats_manager import StatsManager

KEY_FLAG = 1
CORRUPT_FLAG = 2
ASKED_FLAG = 4
BYTES_PER_FRAME = 16

Frame = npt.NDArray[np.uint8]
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


class _LatestMetrics(StatsManager):  # type: ignore[misc]
    """Keeps the metrics of the current frame only; the original remembers every frame."""

    def __init__(self) -> None:
        super().__init__()
        self.latest: dict[str, float] = {}

    def set_metrics(self, timecode: int | FrameTimecode, metric_kv_dict: dict[str, Any]) -> None:
        self.latest = metric_kv_dict


class SignalMeter:
    """Measures frames one after another and keeps the columns: 16 bytes a frame, nothing else grows."""

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._content, self._histogram = ContentDetector(), HistogramDetector()
        self._content_metrics, self._histogram_metrics = _LatestMetrics(), _LatestMetrics()
        self._content.stats_manager = self._content_metrics
        self._histogram.stats_manager = self._histogram_metrics
        self._columns = {column.name: bytearray() for column in fields(Signals)}
        self._first_pts: int | None = None
        self._last: npt.NDArray[np.int16] | None = None

    def measure(self, frame: Frame, pts: int, *, key: bool, corrupt: bool) -> None:
        """``frame``: ``(H, W, 3) uint8 RGB``, the same size every time. ``pts`` rises."""
        if self._first_pts is None:
            self._first_pts = pts
        time = FrameTimecode(Timecode(pts - self._first_pts, self._time_base), fps=25.0)
        bgr = np.ascontiguousarray(frame[:, :, ::-1])
        self._content.process_frame(time, bgr)
        self._histogram.process_frame(time, bgr)
        luma = frame @ np.array([0.299, 0.587, 0.114], np.float32)
        now = frame.astype(np.int16)
        difference = 0.0 if self._last is None else float(np.abs(now - self._last).mean())
        self._last = now
        correlation = next(iter(self._histogram_metrics.latest.values()), 1.0)
        self._columns["pts"] += np.int64(pts).tobytes()
        self._columns["flags"].append(KEY_FLAG * key | CORRUPT_FLAG * corrupt)
        self._append("content", self._content_metrics.latest.get("content_val", 0.0))
        self._append("histogram", (1.0 - correlation) / 2)
        self._append("luma", float(luma.mean()))
        self._append("spread", float(luma.std()))
        self._append("difference", difference)

    def add_probabilities(self, both: npt.NDArray[np.float32]) -> None:
        """``(M, 2)``: TransNetV2's heads for the next ``M`` frames, NaN where it was not asked; they may lag behind the
        measuring."""
        first, flags = len(self._columns["single"]), self._columns["flags"]
        for number in np.flatnonzero(~np.isnan(both[:, 0])).tolist():
            flags[first + number] |= ASKED_FLAG
        said = np.nan_to_num(both, nan=0.0)
        self._columns["single"] += to_byte(said[:, 0], 1.0).tobytes()
        self._columns["many"] += to_byte(said[:, 1], 1.0).tobytes()

    def signals(self) -> Signals:
        """The columns so far. Probabilities that never came are 0."""
        count = len(self._columns["flags"])
        bytes_of = {name: bytes(data) for name, data in self._columns.items()}
        column = {name: np.frombuffer(data.ljust(count, b"\0"), np.uint8) for name, data in bytes_of.items()}
        return Signals(**column | {"pts": np.frombuffer(bytes_of["pts"], np.int64)})  # type: ignore[arg-type]

    def _append(self, name: str, value: float) -> None:
        self._columns[name].append(round(255 * min(max(value / FULL_SCALE[name], 0.0), 1.0) ** 0.5))


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
