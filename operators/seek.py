"""Chosen frames of a film, found by timestamp and never by counting."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from operators.decode import DecodedFrame
from operators.film_error import FilmError
from operators.media import open_film, open_stream
from operators.packet_decoder import Damage, PacketDecoder


def read_frames(
    path: Path, stream: int, wanted: Sequence[int], *, threads: int = 1, key_pts: Sequence[int] | None = None
) -> Iterator[DecodedFrame]:
    """The frames of stream ``stream`` whose timestamps are ``wanted``, with the bytes that a linear pass gives.

    ``wanted``: PTS, strictly increasing. ``key_pts``: the film's key frames, sorted, if known: they save decoding;
    an empty sequence forbids seeking. A yielded frame's ``index`` is its position in ``wanted``.

    Raises ``FilmError``: frame_missing if a frame is not there; as ``open_film`` and ``decode_film``.
    """
    if any(after <= before for before, after in pairwise(wanted)):
        raise ValueError("wanted timestamps must increase")
    if not wanted:
        return
    with open_film(path) as container:
        source = open_stream(container, stream, threads)
        yield from _Finder(container, source, wanted, key_pts).frames()


class _Finder:
    def __init__(
        self, container: InputContainer, stream: VideoStream, wanted: Sequence[int], key_pts: Sequence[int] | None
    ) -> None:
        self._container = container
        self._stream = stream
        self._wanted = wanted
        self._keys = key_pts
        self._depth = stream.codec_context.reorder_depth

    def frames(self) -> Iterator[DecodedFrame]:
        found = 0
        for attempt in self._landings(self._wanted[0]):
            for frame in self._from(attempt, found):
                yield frame
                found += 1
            if found == len(self._wanted):
                return
        raise FilmError("frame_missing", f"The film has no frame at timestamp {self._wanted[found]}.")

    def _landings(self, first: int) -> Iterator[int | None]:
        if self._keys is None:
            yield first
        elif self._keys:
            at = bisect_right(self._keys, first)
            yield from (self._keys[k] for k in range(at - 1, max(-1, at - 3), -1))
        yield None

    def _from(self, landing: int | None, found: int) -> Iterator[DecodedFrame]:
        try:
            if landing is None:
                start = self._stream.start_time or 0
                self._container.seek(min(start, 0, self._wanted[0]), stream=self._stream)
            else:
                self._container.seek(landing, stream=self._stream)
        except av.FFmpegError:
            return
        self._stream.codec_context.reorder_depth = self._depth
        key: int | None = None
        for picture, corrupt in PacketDecoder(self._container, self._stream, Damage()).pictures():
            pts = picture.pts if picture.pts is not None else picture.dts
            if pts is None:
                continue
            if key is None and landing is not None:
                if not picture.key_frame:
                    continue
                key = pts
                if key > self._wanted[found]:
                    return
            if pts == self._wanted[found]:
                yield DecodedFrame(found, pts, picture.duration, picture.key_frame, corrupt, picture)
                found += 1
                if found == len(self._wanted):
                    return
            elif pts > self._wanted[found]:
                return
