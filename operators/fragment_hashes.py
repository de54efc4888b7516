"""Perceptual hashes of some frames of each fragment, and of a shot: what near-duplicates are found by."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from formats.exact_time import FrameRange
from formats.film_scan import Fragment, FrameHash
from operators.perceptual_hash import perceptual_hash

MOST_PER_FRAGMENT = 7
"""Evenly spaced, so that a quarter, the half and three quarters are among them."""
PER_SHOT = 3

Frame = npt.NDArray[np.uint8]


def hash_fragment(
    frames: FrameRange,
    samples: Sequence[tuple[int, Frame]],
    inside_bars: Callable[[int, int], tuple[int, int, int, int]],
) -> tuple[FrameHash, ...]:
    """``samples``: numbers and pictures ``(H, W, 3) uint8 RGB`` of frames of the fragment, rising. ``inside_bars``: of a picture of
    this width and height its ``(left, top, right, bottom)`` within the bars. Flat pictures have no hash."""
    start, end = frames
    places = [start + (end - start) * part / (MOST_PER_FRAGMENT + 1) for part in range(1, MOST_PER_FRAGMENT + 1)]
    chosen = dict(samples[nearest([index for index, _ in samples], place)] for place in places) if samples else {}
    found = []
    for index, picture in sorted(chosen.items(), key=lambda item: item[0]):
        left, top, right, bottom = inside_bars(picture.shape[1], picture.shape[0])
        text = perceptual_hash(np.ascontiguousarray(picture[top:bottom, left:right]))
        if text:
            found.append((index, text))
    return tuple(found)


def hash_shot(frames: FrameRange, fragments: Iterable[Fragment]) -> str:
    """48 hex digits: the hashes nearest to a quarter, the half and three quarters of ``frames``; empty if there is none.

    ``fragments``: those that share frames with the shot, in order."""
    start, end = frames
    inside = [each for fragment in fragments for each in fragment.hashes if start <= each[0] < end]
    if not inside:
        return ""
    indices = [index for index, _ in inside]
    parts = range(1, PER_SHOT + 1)
    return "".join(inside[nearest(indices, start + (end - start) * part / (PER_SHOT + 1))][1] for part in parts)


def nearest(rising: Sequence[int], place: float) -> int:
    """Which of ``rising`` is nearest to ``place``, the earlier of two."""
    after = bisect_left(rising, place)
    return min((at for at in (after - 1, after) if 0 <= at < len(rising)), key=lambda at: abs(rising[at] - place))
