"""The source frames of a clip as they go to the scaler: found, undamaged, each a whole picture; and what they lose."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan
from operators.clip_colour import losses
from operators.decode import DecodedFrame
from operators.deinterlace import deinterlaced
from operators.film_error import FilmError
from operators.seek import read_frames

Deinterlace = Literal["flagged", "all", "off"]


class ClipSource:
    """``source_pts``: ``(film frames,)`` int64. ``losses``: of all frames of the plan's shots that were read, see
    ``operators/clip_colour.py``; final once ``frames`` is exhausted."""

    def __init__(self, plan: ClipPlan, film: Path, source_pts: NDArray[np.int64], deinterlace: Deinterlace) -> None:
        self.losses: tuple[str, ...] = ()
        self._plan, self._film, self._pts, self._deinterlace = plan, film, source_pts, deinterlace
        self._kinds: set[tuple[object, ...]] = set()

    def frames(self, wanted: Collection[int], threads: int, key_pts: Sequence[int] | None) -> Iterator[DecodedFrame]:
        """Frames with an ``index`` of ``wanted`` (source frame numbers), in order; ``key_pts`` as for ``read_frames``.

        Raises ``FilmError``: damaged; as ``read_frames``.
        """
        whole = self._read(sorted(self._with_neighbours(wanted)), threads, key_pts)
        if self._deinterlace != "off":
            borders = {number for shot in self._plan.shots for number in shot.source_frames}
            whole = deinterlaced(whole, borders, every=self._deinterlace == "all")
        yield from (frame for frame in whole if frame.index in wanted)

    def _with_neighbours(self, wanted: Collection[int]) -> set[int]:
        """Deinterlacing looks at the frames beside each, within its shot: the same clip frame whatever the rate."""
        if self._deinterlace == "off":
            return set(wanted)
        beside = {
            near
            for first, end in (shot.source_frames for shot in self._plan.shots)
            for number in wanted
            if first <= number < end
            for near in (number - 1, number + 1)
            if first <= near < end
        }
        return {*wanted, *beside}

    def _read(self, numbers: Sequence[int], threads: int, key_pts: Sequence[int] | None) -> Iterator[DecodedFrame]:
        pts = self._pts[np.array(numbers, np.int64)].tolist()
        read = read_frames(self._film, self._plan.stream, pts, threads=threads, key_pts=key_pts)
        for number, decoded in zip(numbers, read, strict=True):
            if decoded.corrupt:
                raise FilmError("damaged", f"Source frame {number} (timestamp {decoded.pts}) is damaged.")
            self._note_losses(number, decoded.picture)
            yield replace(decoded, index=number)

    def _note_losses(self, number: int, picture: VideoFrame) -> None:
        colours = picture.colorspace, picture.color_primaries, picture.color_trc, picture.color_range
        kind = (picture.format.name, *colours, picture.interlaced_frame)
        if kind in self._kinds or not any(a <= number < b for a, b in (s.source_frames for s in self._plan.shots)):
            return
        self._kinds.add(kind)
        found = losses(picture)
        if self._deinterlace != "off" and (picture.interlaced_frame or self._deinterlace == "all"):
            found += ("two fields per frame became one picture",)
        self.losses += tuple(loss for loss in found if loss not in self.losses)
