"""Boxes in a picture, ``[left, top, right, bottom]`` in its pixels."""

from __future__ import annotations

from dataclasses import dataclass

from formats.film_scan import PictureBox


@dataclass(frozen=True)
class FoundBox:
    """``confidence`` 0 to 1, the detector's own."""

    box: PictureBox
    confidence: float


def area(box: PictureBox) -> int:
    left, top, right, bottom = box
    return max(0, right - left) * max(0, bottom - top)


def shorter_side(box: PictureBox) -> int:
    left, top, right, bottom = box
    return min(right - left, bottom - top)


def overlap(one: PictureBox, other: PictureBox) -> float:
    """Intersection over union, 0 to 1."""
    shared = area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))
    return shared / (area(one) + area(other) - shared) if shared else 0.0


def touches_edge(box: PictureBox, width: int, height: int) -> bool:
    """Whether what is in the box may go on outside the picture."""
    left, top, right, bottom = box
    return left <= 1 or top <= 1 or right >= width - 1 or bottom >= height - 1
