"""How large the miniature is. ``FULL`` is what the stored results are of; ``SHORT`` shows in a test that it works."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from benchmarks.miniature.films import FilmSet

FRAMES, SIDE = 33, 32
"""Of a sample: frames, and pixels."""


@dataclass(frozen=True)
class MiniatureSettings:
    """``windows``: different windows taken of each clip. ``requests``: timelines of held-out clips that are asked for, as many as
    these of several shots, half as many of one. ``noise_steps``: of sampling."""

    single: FilmSet
    several: FilmSet
    windows: int
    base_steps: int
    tuning_steps: int
    seeds: tuple[int, ...]
    requests: int
    batch: int = 32
    noise_steps: int = 16
    width: int = 192
    layers: int = 5
    masked_layers: tuple[int, int] = (1, 3)
    base_rate: float = 1e-3
    tuning_rate: float = 5e-4

    @property
    def digest(self) -> str:
        """8 hex digits."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]


FULL = MiniatureSettings(
    single=FilmSet("single", 12, 10, 6),
    several=FilmSet("several", 72, 6, 6),
    windows=12,
    base_steps=1200,
    tuning_steps=300,
    seeds=(0, 1, 2),
    requests=24,
)
SHORT = MiniatureSettings(
    single=FilmSet("single", 3, 6, 3),
    several=FilmSet("several", 3, 6, 3),
    windows=8,
    base_steps=500,
    tuning_steps=150,
    seeds=(0,),
    requests=8,
    width=96,
)
