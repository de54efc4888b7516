"""One streaming pass over a film: every frame once, in presentation order, with its timestamp, in constant memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from av.video.frame import VideoFrame

from operators.film_error import FilmError
from operators.film_timing import film_timing
from operators.frame_clock import FrameClock
from operators.frame_scaler import FrameScaler
from operators.media import open_chosen
from operators.orientation import display_size
from operators.packet_decoder import Damage, PacketDecoder

__all__ = ["DecodedFrame", "FilmPass", "FrameScaler", "decode_film", "display_size", "film_timing"]

MAX_CORRUPT_SHARE: Final = 0.1
"""Default for the share of corrupt frames past which a film counts as damaged."""

MAX_UNTIMED_SHARE: Final = 0.1
"""Share of frames without a timestamp of their own past which a film counts as having none."""


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """``index``: 0-based, in presentation order. ``pts``, ``duration``: in ticks of the stream's time base; duration 0
    is unknown. ``key``: decoding may start here. ``corrupt``: damaged, or predicted from something damaged.
    ``picture``: as coded, neither turned nor scaled (``FrameScaler`` does both).
    """

    index: int
    pts: int
    duration: int
    key: bool
    corrupt: bool
    picture: VideoFrame


class FilmPass(Iterator[DecodedFrame]):
    """An iterator over a film's frames that counts what it meets; the counts are final once it is exhausted.

    ``frames``: yielded so far; ``corrupt``: of these; ``errors``: packets that could not be read or decoded;
    ``left_out``: pictures without a place in time, never shown and not yielded; ``interlaced``: frames that are not one
    instant but two (``operators/deinterlace.py``).
    """

    def __init__(self, path: Path, threads: int, max_corrupt_share: float) -> None:
        self.frames = 0
        self.corrupt = 0
        self.left_out = 0
        self.interlaced = 0
        self._last_in_order = 0
        self._damage = Damage()
        self._max_corrupt_share = max_corrupt_share
        self._generator = self._decode(path, threads)

    @property
    def errors(self) -> int:
        return self._damage.errors

    @property
    def damaged(self) -> bool:
        """Whether anything was wrong. What several threads make of damage is not repeatable: decode again with one."""
        return self.corrupt > 0 or self.errors > 0

    def __next__(self) -> DecodedFrame:
        return next(self._generator)

    def close(self) -> None:
        """Closes the film before its end."""
        self._generator.close()

    def _decode(self, path: Path, threads: int) -> Generator[DecodedFrame, None, None]:
        with open_chosen(path, threads) as (container, stream):
            clock = FrameClock()
            for picture, corrupt in PacketDecoder(container, stream, self._damage).pictures():
                pts = clock.time_of(picture)
                if pts is None:
                    self._last_in_order = self._last_in_order or self.frames
                    self.left_out += 1
                    continue
                frame = DecodedFrame(self.frames, pts, picture.duration, picture.key_frame, corrupt, picture)
                self.frames += 1
                self.corrupt += corrupt
                self.interlaced += picture.interlaced_frame
                yield frame
        self._judge()

    def _judge(self) -> None:
        if not self.frames:
            raise FilmError("no_frames", f"Not one frame could be decoded ({self.errors} errors).")
        if self.left_out > MAX_UNTIMED_SHARE * self.frames:
            raise FilmError(
                "no_timestamps",
                f"{self.left_out} of {self.left_out + self.frames} frames have no place in time: it stands still or goes back "
                f"after frame {self._last_in_order}. Of recordings that were joined, give each its own file.",
            )
        if self.corrupt > self._max_corrupt_share * self.frames:
            raise FilmError("damaged", f"{self.corrupt} of {self.frames} frames are corrupt.")


def decode_film(path: Path, *, threads: int = 1, max_corrupt_share: float = MAX_CORRUPT_SHARE) -> FilmPass:
    """All frames of the film's chosen stream (``choose_stream``), strictly increasing in ``pts``.

    ``FrameClock`` says what becomes of missing and repeated timestamps. Decoding goes on past damage.

    Raises ``FilmError`` while iterating: as ``open_film`` and ``choose_stream``; at the end no_frames, no_timestamps,
    damaged.
    """
    return FilmPass(path, threads, max_corrupt_share)
