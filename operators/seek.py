"""Chosen frames of a film, found by timestamp and never by counting."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from operators.decode import DecodedFrame
from operators.film_error import FilmError
from operators.frame_clock import FrameClock
from operators.media import open_film, open_stream
from operators.packet_decoder import Damage, PacketDecoder

_STEPS_BACK_SECONDS: Final = (0, 1, 10)
_JUMP_SECONDS: Final = 10
_SHARED_TIMES: Final = ("mpeg", "mpegts")
"""Containers in which one timestamp may stand for several pictures. After a seek it goes to whatever comes first, be it
the rest of a picture, and those that follow are counted from there."""


def read_frames(
    path: Path, stream: int, wanted: Sequence[int], *, threads: int = 1, key_pts: Sequence[int] | None = None
) -> Iterator[DecodedFrame]:
    """The frames of stream ``stream`` whose timestamps are ``wanted``, with the bytes that ``decode_film`` gives.

    ``wanted``: PTS, strictly increasing. ``key_pts``: the film's key frames, sorted, if they are known, which saves
    decoding; an empty sequence forbids seeking, as is right for a film of which ``decode_film`` left frames out. A
    frame's ``index`` is its position in ``wanted``.

    A seek that lands late, or after which frames are missing or out of order, is tried again from further back, and in
    the end the film is decoded from its start. Raises ``FilmError``: frame_missing if a frame is not there even then;
    as ``open_film`` and ``decode_film``.
    """
    if any(after <= before for before, after in pairwise(wanted)):
        raise ValueError("wanted timestamps must increase")
    position = 0
    with open_film(path) as container:
        seeker = _Seeker(container, open_stream(container, stream, threads), wanted, key_pts, threads)
        while position < len(wanted):
            reached = position
            for frame in seeker.frames_from(position):
                yield frame
                reached += 1
            if reached == position:
                break
            position = reached
    if position < len(wanted):
        yield from _from_the_start(path, stream, wanted, position, threads)


def _from_the_start(
    path: Path, stream: int, wanted: Sequence[int], position: int, threads: int
) -> Iterator[DecodedFrame]:
    with open_film(path) as container:
        clock = FrameClock()
        for picture, corrupt in PacketDecoder(container, open_stream(container, stream, threads), Damage()).pictures():
            pts = clock.time_of(picture)
            if pts is None:
                continue
            if pts > wanted[position]:
                break
            if pts == wanted[position]:
                yield _frame(position, pts, picture, corrupt)
                position += 1
                if position == len(wanted):
                    return
    raise FilmError("frame_missing", f"The film has no frame at timestamp {wanted[position]}.")


def _frame(position: int, pts: int, picture: VideoFrame, corrupt: bool) -> DecodedFrame:
    return DecodedFrame(position, pts, picture.duration, picture.key_frame, corrupt, picture)


class _Seeker:
    """Seeks in one open film. What it cannot find it leaves out, so that the caller decides what to try next."""

    def __init__(
        self,
        container: InputContainer,
        stream: VideoStream,
        wanted: Sequence[int],
        key_pts: Sequence[int] | None,
        threads: int,
    ) -> None:
        self._container = container
        self._stream = stream
        self._wanted = wanted
        self._keys = key_pts
        self._shares_times = container.format.name in _SHARED_TIMES
        self._second = round(1 / stream.time_base) if stream.time_base else 1
        self._reorder_depth = stream.codec_context.reorder_depth
        self._read_ahead = self._reorder_depth + threads
        self._frame = min((after - before for before, after in pairwise(wanted)), default=self._second)

    def frames_from(self, position: int) -> Iterator[DecodedFrame]:
        """Frames from ``wanted[position]`` on, without a gap, up to where seeking again is better or none is found."""
        for landing in self._landings(self._wanted[position]):
            reached = position
            for frame in self._frames_after(landing, position):
                yield frame
                reached += 1
            if reached > position:
                return

    def _landings(self, pts: int) -> list[int]:
        if self._keys is None:
            return [pts - seconds * self._second for seconds in _STEPS_BACK_SECONDS]
        at = bisect_right(self._keys, pts)
        return [self._keys[k] for k in (at - 1, at - 2) if k >= 0]

    def _frames_after(self, landing: int, position: int) -> Iterator[DecodedFrame]:
        """Frames from a key frame on. Pictures that come out before the key frame lack what they refer to."""
        if not self._seek(landing):
            return
        started, clock = False, FrameClock()
        for picture, corrupt in PacketDecoder(self._container, self._stream, Damage()).pictures():
            if not started and self._shares_times and picture.key_frame and picture.pts is None:
                return
            started = started or picture.key_frame
            if not started:
                continue
            pts = clock.time_of(picture)
            if pts is None or pts > self._wanted[position]:
                return
            if pts == self._wanted[position]:
                yield _frame(position, pts, picture, corrupt)
                position += 1
                if position == len(self._wanted) or self._is_far(pts, self._wanted[position]):
                    return

    def _seek(self, landing: int) -> bool:
        try:
            self._container.seek(landing, stream=self._stream)
        except MemoryError:
            raise
        except av.FFmpegError:
            return False
        # Seeking makes some decoders forget how many frames they must hold back to put them in order.
        self._stream.codec_context.reorder_depth = self._reorder_depth
        return True

    def _is_far(self, pts: int, target: int) -> bool:
        """Whether seeking to the target's key frame, or over ten seconds where those are not known, spares work.

        The decoder has read a few pictures ahead, which a seek throws away: as many must lie before the key frame. How
        many do is told from the least distance of wanted frames.
        """
        if self._keys is None:
            return target - pts > _JUMP_SECONDS * self._second
        at = bisect_right(self._keys, target)
        return at > 0 and self._keys[at - 1] - pts > (self._read_ahead + 1) * self._frame
