"""A clip at another frame rate, shot by shot: each shot has a grid of its own that starts at its first frame, so no frame is taken
across a cut, and none is blended: a target frame is the clip frame that is shown at its instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from formats.clip_record import ClipRecord
from formats.exact_time import FrameRange, parse_rational
from formats.manifest import ManifestRow


@dataclass(frozen=True)
class ClipTiming:
    """``fps`` of the clip; ``shots`` as clip frames, contiguous from 0."""

    fps: Fraction
    shots: tuple[FrameRange, ...]

    @classmethod
    def of_record(cls, record: ClipRecord) -> ClipTiming:
        return cls(parse_rational(record.video.fps), tuple(shot.frames for shot in record.shots))

    @classmethod
    def of_row(cls, row: ManifestRow) -> ClipTiming:
        return cls(parse_rational(row.fps), row.shots)

    def lengths(self, fps: int) -> tuple[int, ...]:
        """Target frames of each shot at ``fps``: as many as begin while it lasts, at least one."""
        return tuple(-(-(end - start) * fps // self.fps) for start, end in self.shots)

    def frame(self, shot: int, target: int, fps: int) -> int:
        """The clip frame that is shown when target frame ``target`` of ``shot`` begins."""
        return self.shots[shot][0] + target * self.fps // fps
