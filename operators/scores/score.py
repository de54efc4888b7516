"""What a score is: its name, what its number means, where it comes from, and how a clip gets it from its fragments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ClipRule = Literal["mean", "max", "min"]
"""What a clip's value is of its fragments' values: the mean over its frames, the greatest, or the least."""


@dataclass(frozen=True)
class Score:
    """``method`` stands beside every value in a clip record; its number rises when the same pixels give another value.

    ``low`` and ``high``: the ends of the range, ``None`` where there is none. ``source``: a paper, a repository, or
    "ours". ``heuristic``: a rule of thumb that can be wrong about what its name says, not a measurement of it.
    """

    name: str
    method: str
    unit: str
    low: float | None
    high: float | None
    rule: ClipRule
    source: str
    meaning: str
    heuristic: bool = False

    def __post_init__(self) -> None:
        if self.heuristic != ("heuristic" in self.method):
            raise ValueError(f"{self.name}: a heuristic's method says so, and nothing else's does")
