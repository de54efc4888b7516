"""The display size of a film's pictures, from the pictures themselves."""

from __future__ import annotations

from fractions import Fraction

from av.video.frame import VideoFrame

from formats.film_scan import PictureSize
from operators.orientation import display_size, orientation_of


class SizeMeter:
    """Told every picture of a film in order. ``aspect``: of the film's pixels."""

    def __init__(self, aspect: Fraction) -> None:
        self._aspect = aspect
        self._coded: tuple[int, int] | None = None
        self._starts: list[tuple[int, tuple[int, int]]] = []

    def see(self, index: int, picture: VideoFrame) -> None:
        coded = picture.width, picture.height
        if coded == self._coded:
            return
        self._coded = coded
        shown = display_size(*coded, self._aspect, orientation_of(picture))
        if not self._starts or self._starts[-1][1] != shown:
            self._starts.append((index, shown))

    def sizes(self, frames: int) -> tuple[PictureSize, ...]:
        """Of a film of ``frames`` frames; empty if its pictures are all of one size."""
        if len(self._starts) < 2:
            return ()
        ends = [*(start for start, _ in self._starts[1:]), frames]
        return tuple(
            PictureSize(frames=(start, end), width=size[0], height=size[1])
            for (start, size), end in zip(self._starts, ends, strict=True)
        )
