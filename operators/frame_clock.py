"""When is a decoded picture shown? The one rule for it, shared by the linear pass and by seeking."""

from __future__ import annotations

from av.video.frame import VideoFrame


class FrameClock:
    """Gives pictures, in the decoder's output order, their timestamps, strictly increasing.

    A picture's time is its own timestamp. Where the container stores none (AVI), it is the decoding time of the packet
    at which the decoder put the picture out; for the last pictures, which come out after the last packet, the last
    delta goes on. A picture that does not come after its predecessor is never shown and has no place.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._delta = 0

    def time_of(self, picture: VideoFrame) -> int | None:
        """The picture's timestamp, or ``None`` if it has no place in time."""
        time = picture.pts if picture.pts is not None else picture.dts
        if time is None and self._last is not None and self._delta:
            time = self._last + self._delta
        if time is None:
            return None
        if self._last is not None:
            if time <= self._last:
                return None
            self._delta = time - self._last
        self._last = time
        return time
