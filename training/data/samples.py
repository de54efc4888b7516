"""Visits become samples: a clip's record and video read at their places in the shard, its window chosen, its frames decoded. What
cannot be read is skipped, counted and named, until it is too much.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from formats.exact_time import parse_rational
from formats.invariants import ClipError
from formats.manifest import ManifestRow
from formats.shard_reader import ShardError, read_member, record_of
from training.data.buckets import Bucket
from training.data.clip_frames import ClipVideo, CorruptClipError
from training.data.corpora import OpenedCorpus
from training.data.decoder import shared_decoder
from training.data.epoch_plan import Visit
from training.data.randomness import Draw
from training.data.resampling import ClipTiming
from training.data.window_words import WindowWords, words_of
from training.data.windows import Window, WindowSettings, choose_window

Made = TypeVar("Made")


class CorruptSettings(BaseModel):
    """When clips that cannot be read stop the run. Each process counts its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    largest_share: float = Field(0.01, ge=0, le=1, description="share of the samples read that may be corrupt")
    always_allowed: int = Field(5, ge=0, description="so many corrupt samples never stop a run")


class TooManyCorruptError(RuntimeError):
    """More samples are corrupt than the settings allow; the text names the last ones."""


@dataclass(frozen=True)
class ClipView:
    """What a visit shows of a clip, and what is said of that; no frame is decoded yet."""

    visit: Visit
    row: ManifestRow
    bucket: Bucket
    window: Window
    words: WindowWords


@dataclass(frozen=True)
class ClipSample:
    """``pictures``: ``(F, 3, H, W)`` uint8, RGB."""

    visit: Visit
    window: Window
    words: WindowWords
    pictures: NDArray[np.uint8]


class SampleReader:
    """Reads visits of opened corpora; equal visits of an epoch give equal samples. ``sizes``: the buckets by number."""

    def __init__(
        self, corpora: Sequence[OpenedCorpus], sizes: Sequence[Bucket], windows: WindowSettings, seed: int
    ) -> None:
        self._corpora = {corpus.name: corpus for corpus in corpora}
        self._sizes = tuple(sizes)
        self._windows = windows
        self._seed = seed

    def look(self, visit: Visit, epoch: int) -> ClipView:
        """Reads the clip's record alone. Raises ``CorruptClipError``, ``OSError`` for a shard that cannot be read, ``KeyError`` for
        a visit of other corpora."""
        corpus = self._corpora[visit.corpus]
        row = corpus.rows[visit.key]
        try:
            record = record_of(row.key, read_member(corpus.store, row.shard, row.place("json")))
        except (ShardError, ClipError) as error:
            raise CorruptClipError(row.key, str(error)) from error
        timing = ClipTiming.of_record(record)
        if timing != ClipTiming.of_row(row):
            raise CorruptClipError(row.key, "its record has other shots than the manifest")
        bucket = self._sizes[visit.bucket]
        window = choose_window(timing, bucket.frames, self._windows, self._window_draw(visit, epoch).stream())
        return ClipView(visit, row, bucket, window, words_of(record, window))

    def pictures(self, view: ClipView) -> NDArray[np.uint8]:
        """``(F, 3, H, W)`` uint8, RGB, decoded in another process. Raises as ``look``, and ``DecoderStartError``."""
        store, row = self._corpora[view.visit.corpus].store, view.row
        try:
            data = read_member(store, row.shard, row.place("mp4"))
        except ShardError as error:
            raise CorruptClipError(row.key, str(error)) from error
        return shared_decoder().window_frames(_video(row, data), view.window.clip_frames, view.bucket)

    def read(self, visit: Visit, epoch: int) -> ClipSample:
        """Both. Raises as ``look``."""
        view = self.look(visit, epoch)
        return ClipSample(visit, view.window, view.words, self.pictures(view))

    def _window_draw(self, visit: Visit, epoch: int) -> Draw:
        turns = self._windows.per_clip
        if turns == 0:
            return Draw(self._seed, epoch, visit.name, "window")
        return Draw(self._seed, 0, f"{visit.corpus}/{visit.key}/{visit.lap % turns}", "window")


class CorruptCount:
    """What was read and what had to be skipped. ``skipped``: errors in the order in which they came."""

    def __init__(self, settings: CorruptSettings) -> None:
        self._settings = settings
        self.read = 0
        self.skipped: list[CorruptClipError] = []

    def counted(self, make: Callable[[], Made]) -> Made | None:
        """What ``make`` makes of a clip, or ``None`` where it raises ``CorruptClipError``. Raises ``TooManyCorruptError``."""
        self.read += 1
        try:
            return make()
        except CorruptClipError as error:
            self.skipped.append(error)
        limit = max(self._settings.always_allowed, self._settings.largest_share * self.read)
        if len(self.skipped) > limit:
            last = "; ".join(str(error) for error in self.skipped[-3:])
            raise TooManyCorruptError(f"{len(self.skipped)} of {self.read} samples are corrupt, the last: {last}")
        return None


def _video(row: ManifestRow, data: bytes) -> ClipVideo:
    return ClipVideo(row.key, data, parse_rational(row.fps), row.frames, row.width, row.height)
