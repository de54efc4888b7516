"""Where a video cuts: TransNetV2, as Shotloom asks it, and how well that agrees with what was asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.miniature.corpus import Script
from benchmarks.miniature.films import RATE
from operators.film_network import TransNetWindows
from training.latent_mapping import first_frame_of

TOLERANCE = 2
_SURE = 0.5
_SMALL = 48, 27

RISING, FALLING = 2.0, 1.6
"""k of the count score below and above 1. CineTrans (arXiv 2508.11484) prints a curve, not k; these were fitted to it by us."""

Cuts = tuple[int, ...]
Videos = NDArray[np.uint8]
"""``(N, F, 3, H, W)`` RGB."""


class CutFinder:
    def __init__(self) -> None:
        self._network = TransNetWindows(RATE, "auto")

    def cuts(self, videos: Videos) -> list[Cuts]:
        """Of each video the first frames of the shots after its cuts."""
        return [self._cuts_of(video) for video in videos]

    def _cuts_of(self, video: NDArray[np.uint8]) -> Cuts:
        small = np.stack([_small(picture) for picture in video])
        sure = self._network.answer(small, 0, np.ones(len(small), dtype=bool), last=True)[:, 0]
        return tuple(cut for cut in _peaks(sure) if cut < len(small))


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture.transpose(1, 2, 0)).resize(_SMALL, Image.Resampling.BILINEAR))


def _peaks(sure: NDArray[np.float32]) -> list[int]:
    """The frame after the surest of each run of frames that are sure enough: the network marks the last frame before a cut."""
    found, run = [], list[int]()
    for frame, value in enumerate([*sure.tolist(), 0.0]):
        if value > _SURE:
            run.append(frame)
        elif run:
            found.append(max(run, key=lambda each: sure[each]) + 1)
            run = []
    return found


def wanted_cuts(script: Script) -> Cuts:
    return tuple(first_frame_of(start) for start in script.starts[1:])


def matched(found: Cuts, wanted: Cuts) -> int:
    """How many of ``wanted`` have a cut of their own within ``TOLERANCE`` frames, in order."""
    left, count = list(found), 0
    for cut in wanted:
        near = next((each for each in left if abs(each - cut) <= TOLERANCE), None)
        if near is not None:
            left.remove(near)
            count += 1
    return count


def position_f1(found: Sequence[Cuts], wanted: Sequence[Cuts]) -> float:
    """Over all cuts of all videos."""
    hits = sum(matched(one, other) for one, other in zip(found, wanted, strict=True))
    return 2 * hits / max(1, sum(map(len, found)) + sum(map(len, wanted)))


def count_score(found: Sequence[Cuts], wanted: Sequence[Cuts]) -> float:
    """The mean of x^k / e^(k (x - 1)), x being the number of cuts over that asked for, of the videos of which any was."""
    scores = [_of_share(len(one) / len(other)) for one, other in zip(found, wanted, strict=True) if other]
    return sum(scores) / len(scores)


def _of_share(x: float) -> float:
    k = RISING if x <= 1 else FALLING
    return x**k / math.exp(k * (x - 1))
