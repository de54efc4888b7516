"""Larger pictures of the fragments that are not finished yet, in bounded memory.

A fragment's pictures are the first, the middle and the last sample that lie at least ``OFF_BORDER`` frames inside where
it is long enough: a border's own frames may hold a rest of a transition or of its compression.
"""

from __future__ import annotations

from dataclasses import dataclass

from operators.picture_models.protocol import Picture

RECENT, OLDER = 128, 32
OFF_BORDER = 4
LONGEST_SHAPE = 3

_Sample = tuple[int, Picture]


@dataclass(frozen=True)
class FragmentPictures:
    """Where a fragment is short, the same picture (the same object) may stand in several places."""

    head: Picture
    middle: Picture
    tail: Picture


def picture_size(width: int, height: int, side: int) -> tuple[int, int]:
    """``(width, height)`` of a ``width`` x ``height`` film scaled so that its short side is ``side``; never enlarged.

    The long side is at most ``LONGEST_SHAPE`` times ``side``, whatever the film's shape.
    """
    scale = min(1.0, side / min(width, height), LONGEST_SHAPE * side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


class PictureKeeper:
    """Takes sampled pictures in film order. The latest ``RECENT`` are all there; of those before, where they grow many,
    every second one, fourth one and so on, the first always among them."""

    def __init__(self) -> None:
        self._recent: list[_Sample] = []
        self._older: list[_Sample] = []
        self._left, self._stride = 0, 1

    def add(self, index: int, picture: Picture) -> None:
        """``index`` rises."""
        self._recent.append((index, picture))
        if len(self._recent) <= RECENT:
            return
        leaving = self._recent.pop(0)
        if self._left % self._stride == 0:
            self._older.append(leaving)
        self._left += 1
        if len(self._older) > OLDER:
            self._older = self._older[::2]
            self._stride *= 2

    def finish_fragment(self, start: int, end: int) -> FragmentPictures | None:
        """The pictures of frames ``[start, end)``; ``None`` if no sample lies inside. Forgets all earlier ones."""
        samples = self._older + self._recent
        inside = [sample for sample in samples if start <= sample[0] < end]
        self._older, self._recent = [], [sample for sample in samples if sample[0] >= end]
        self._left, self._stride = 0, 1
        if not inside:
            return None
        off = min(OFF_BORDER, (end - start - 1) // 2)
        clean = [sample for sample in inside if start + off <= sample[0] < end - off] or inside
        middle = min(clean, key=lambda sample: abs(sample[0] - (start + end) // 2))
        return FragmentPictures(head=clean[0][1], middle=middle[1], tail=clean[-1][1])
