"""The stored embeddings nearest to a border, found by frame."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from formats.exact_time import FrameRange
from formats.film_scan import FilmScan, Fragment


@dataclass(frozen=True)
class BorderFeatures:
    """Fragments in film order; they do not overlap. A feature that scan does not have is an empty tuple."""

    fragments: tuple[Fragment, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of_film(cls, scan: FilmScan) -> BorderFeatures:
        fragments = tuple(sorted(scan.fragments, key=lambda fragment: fragment.frames))
        starts = tuple(fragment.frames[0] for fragment in fragments)
        return cls(fragments, starts, tuple(fragment.frames[1] for fragment in fragments))

    def last_within(self, frames: FrameRange) -> tuple[int, ...]:
        """How the last fragment that shares a frame with ``frames`` ends; of those that were described at all."""
        at = bisect_left(self.starts, frames[1]) - 1
        while at >= 0 and self.ends[at] > frames[0]:
            if self.fragments[at].tail:
                return self.fragments[at].tail
            at -= 1
        return ()

    def first_within(self, frames: FrameRange) -> tuple[int, ...]:
        """How the first fragment that shares a frame with ``frames`` begins; of those that were described at all."""
        at = bisect_left(self.ends, frames[0] + 1)
        while at < len(self.starts) and self.starts[at] < frames[1]:
            if self.fragments[at].head:
                return self.fragments[at].head
            at += 1
        return ()

    def ending_at(self, frame: int) -> tuple[int, ...]:
        """How the picture looks up to ``frame``, if a fragment holds the frame before it."""
        return self.last_within((max(0, frame - 1), frame))

    def starting_at(self, frame: int) -> tuple[int, ...]:
        """How the picture looks from ``frame`` on, if a fragment holds it."""
        return self.first_within((frame, frame + 1))

    def within(self, frames: FrameRange) -> tuple[Fragment, ...]:
        """The fragments that share frames with ``frames``."""
        return tuple(fragment for fragment, _ in self.overlapping(frames))

    def overlapping(self, frames: FrameRange) -> tuple[tuple[Fragment, int], ...]:
        """The fragments that share frames with ``frames``, each with the number of frames shared."""
        first, last = bisect_left(self.ends, frames[0] + 1), bisect_left(self.starts, frames[1])
        return tuple(
            (fragment, min(frames[1], fragment.frames[1]) - max(frames[0], fragment.frames[0]))
            for fragment in self.fragments[first:last]
        )
