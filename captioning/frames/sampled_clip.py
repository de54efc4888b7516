"""Pictures of a clip, shot by shot, each with its frame and its time.

What is asked about one shot is built from one ``SampledShot``, which can hold no picture of another: a frame outside its
range is refused. So the pictures of one shot cannot reach the caption of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from captioning.asks import AskPicture
from formats.exact_time import FrameRange


@dataclass(frozen=True)
class SampledFrame:
    """``frame``: its number in the clip; ``seconds``: when it begins, from the clip's start."""

    frame: int
    seconds: float
    picture: AskPicture


@dataclass(frozen=True)
class SampledShot:
    """Shot ``index`` of a clip, the clip's ``frames`` that it spans, and pictures of it in their order; maybe none. Raises
    ``ValueError`` for a picture that is not of the shot, and for pictures out of order.
    """

    index: int
    frames: FrameRange
    pictures: tuple[SampledFrame, ...]

    def __post_init__(self) -> None:
        if any(not self.frames[0] <= p.frame < self.frames[1] for p in self.pictures):
            raise ValueError(f"shot {self.index} spans frames {list(self.frames)}: a picture is of none of them")
        if any(a.frame >= b.frame for a, b in pairwise(self.pictures)):
            raise ValueError(f"the pictures of shot {self.index} are not in the order of their frames")


@dataclass(frozen=True)
class SampledClip:
    """Clip ``key`` at ``fps``: its shots in order, contiguous from frame 0. Raises ``ValueError`` where they are not."""

    key: str
    fps: Fraction
    shots: tuple[SampledShot, ...]

    def __post_init__(self) -> None:
        at = 0
        for number, shot in enumerate(self.shots):
            if shot.index != number or shot.frames[0] != at or shot.frames[1] <= at:
                raise ValueError("shots must be numbered from 0, contiguous from frame 0 and not empty")
            at = shot.frames[1]
        if not self.shots:
            raise ValueError("a clip has at least one shot")

    @property
    def frames(self) -> int:
        return self.shots[-1].frames[1]
