"""The similarities that stitching goes by where the settings name none: they depend on the embedder.

``layout``: chosen on films (``docs/stitching.md``). The others were not evaluated here. ``imagebind``'s least is
Panda-70M's rule (arXiv 2402.19479, ``event_stitching.py``): neighbours are one event if unit vectors are at most 0.6 apart,
a cosine of 1 - 0.6^2 / 2 = 0.82. For the rest nothing is published that we know of, and 0.82 is carried over as a guess;
so are all other limits of learned embedders. Look at the report's histogram and set your own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StitchLimits:
    """``least`` and ``greatest`` of the band; from where on the two sides of a doubtful cut are one shot; and for A-B-A, how
    alike the two A are at least (``returned``), and A and B (``between``)."""

    least: float
    greatest: float
    rejoin: float
    returned: float
    between: float


LEARNED = StitchLimits(least=0.82, greatest=0.98, rejoin=0.98, returned=0.9, between=0.6)
LIMITS = {"layout": StitchLimits(least=0.4, greatest=0.95, rejoin=0.95, returned=0.75, between=0.2)}


def stitch_limits(embedder: str) -> StitchLimits:
    return LIMITS.get(embedder, LEARNED)
