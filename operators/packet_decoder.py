"""Packets in, pictures out, past whatever is damaged; both the linear pass and seeking decode through here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from operators.film_error import FilmError

_STALLED_READS = 8
_LONGEST_B_RUN = 16


@dataclass(slots=True)
class Damage:
    """What went wrong in a pass. ``errors``: packets that could not be read or decoded."""

    errors: int = 0


class PacketDecoder:
    """Decodes one stream from wherever its container stands.

    A picture counts as corrupt if the decoder says so, or if it may be predicted from what is missing: if it follows a
    corrupt picture, an incomplete packet or one that could not be decoded, before the next key frame; or if it is one
    of the B-pictures shown right before such a picture.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, damage: Damage) -> None:
        self._container = container
        self._stream = stream
        self._damage = damage
        self._suspect = False

    def pictures(self) -> Iterator[tuple[VideoFrame, bool]]:
        """Pictures in the decoder's output order, with whether each is corrupt.

        Raises ``FilmError``: encrypted; unreadable if the disk fails.
        """
        waiting: list[tuple[VideoFrame, bool]] = []
        for picture, corrupt in self._decoded():
            if picture.pict_type == PictureType.B and len(waiting) < _LONGEST_B_RUN:
                waiting.append((picture, corrupt))
                continue
            yield from ((shown, before or corrupt) for shown, before in waiting)
            waiting.clear()
            yield picture, corrupt
        yield from waiting

    def _decoded(self) -> Iterator[tuple[VideoFrame, bool]]:
        for packet in self._packets():
            if packet.has_sidedata("encryption_info"):
                raise FilmError("encrypted", "The pictures are encrypted.")
            if packet.is_corrupt:
                self._suspect = True
            yield from self._marked(self._decode(packet))
        yield from self._marked(self._decode(None))

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        stalled = 0
        while stalled < _STALLED_READS:
            try:
                for packet in self._container.demux(self._stream):
                    stalled = 0
                    if packet.size > 0:
                        yield packet
                return
            except IndexError:
                # PyAV 18, at the end of the file, for a stream that appeared after opening; all packets have been read.
                return
            except MemoryError:
                raise
            except av.FFmpegError:
                self._damage.errors += 1
                self._suspect = True
                stalled += 1

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self._stream.decode(packet)
        except MemoryError:
            raise
        except av.FFmpegError:
            self._damage.errors += 1
            self._suspect = True
            return []

    def _marked(self, pictures: list[VideoFrame]) -> Iterator[tuple[VideoFrame, bool]]:
        for picture in pictures:
            if picture.is_corrupt:
                self._suspect = True
            elif picture.key_frame:
                self._suspect = False
            yield picture, self._suspect
