"""Which video streams are one picture and no film: cover art that its container does not call so."""

from __future__ import annotations

from collections import Counter

import av
from av.container import InputContainer
from av.stream import Discard

_ENOUGH = 2000


def stills_among(container: InputContainer) -> frozenset[int]:
    """Indices of video streams without a second picture among the first ``_ENOUGH`` packets.

    Reads packets, so that the container must be opened again afterwards.
    """
    for stream in container.streams:
        if stream.type != "video":
            stream.discard = Discard.all
    candidates = list(container.streams.video)
    packets: Counter[int] = Counter()
    try:
        for packet in container.demux(candidates):
            packets[packet.stream.index] += packet.size > 0
            if packets.total() >= _ENOUGH or all(packets[stream.index] >= 2 for stream in candidates):
                break
    except MemoryError:
        raise
    except (av.FFmpegError, IndexError):
        pass  # What cannot be read will be met again, and counted, when the film is decoded.
    return frozenset(stream.index for stream in candidates if packets[stream.index] < 2)
