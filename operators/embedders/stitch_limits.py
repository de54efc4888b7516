"""The similarities that stitching goes by where the settings name none: they depend on the embedder.

``layout``: chosen on films (``docs/stitching.md``). The others were not evaluated here. ``imagebind``'s least is
Panda-70M's rule (arXiv 2402.19479, ``event_stitching.py``): neighbours are one event if unit vectors are at most 0.6 apart,
a cosine of 1 - 0.6^2 / 2 = 0.82. For the rest nothing is published that we know of, and 0.82 is carried over as a guess;
so are the greatest of the band and the rejoin limit of all learned embedders. Look at the report's histogram and set your
own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StitchLimits:
    """``least`` and ``greatest`` of the band, and from where on the two sides of a doubtful cut are one shot."""

    least: float
    greatest: float
    rejoin: float


LEARNED = StitchLimits(least=0.82, greatest=0.98, rejoin=0.98)
LIMITS = {"layout": StitchLimits(least=0.4, greatest=0.95, rejoin=0.95)}


def stitch_limits(embedder: str) -> StitchLimits:
    return LIMITS.get(embedder, LEARNED)
