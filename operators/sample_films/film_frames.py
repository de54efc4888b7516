"""A plan as a stream of frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from operators.sample_films.blends import mixed, plain, progress, wiped
from operators.sample_films.photographs import Picture
from operators.sample_films.plans import FilmPlan, JoinPlan
from operators.sample_films.shot_picture import ShotPicture
from operators.sample_films.timeline import Segment, Timeline, film_timeline


def film_frames(plan: FilmPlan, timeline: Timeline | None = None) -> Iterator[Picture]:
    """All frames in presentation order, ``(H, W, 3) uint8, RGB``, before encoding."""
    frames = FilmFrames(plan, timeline)
    for segment in frames.timeline.segments:
        for frame in range(segment.start, segment.end):
            yield frames.at(segment, frame)


class FilmFrames:
    """A plan's frames one by one; cheapest in presentation order."""

    def __init__(self, plan: FilmPlan, timeline: Timeline | None = None) -> None:
        self.plan, self.timeline = plan, timeline or film_timeline(plan)
        clock, start = self.timeline.clock, self.timeline.shot_start
        self._starts = [clock[start(index)] for index in range(len(plan.shots))]
        self._open: dict[int, ShotPicture] = {}

    def at(self, segment: Segment, frame: int) -> Picture:
        """The film's frame ``frame``, which lies in ``segment``."""
        return self._letterboxed(self._composed(segment, frame))

    def alone(self, index: int, frame: int) -> Picture:
        """What the film's frame ``frame`` would be if shot ``index`` were the only one."""
        return self._letterboxed(self._shot(index, frame))

    def _composed(self, segment: Segment, frame: int) -> Picture:
        index, position, frames = segment.shot, frame - segment.start, segment.end - segment.start
        if segment.kind == "black":
            return np.zeros((self.plan.height, self.plan.width, 3), dtype=np.uint8)
        picture = self._shot(index, frame)
        if segment.kind == "shot":
            return picture
        if segment.kind == "fade_in":
            return mixed(plain(picture, (0, 0, 0)), picture, progress("linear", position, frames))
        if segment.kind == "fade_out":
            return mixed(picture, plain(picture, (0, 0, 0)), progress("linear", position, frames))
        return self._joined(self.plan.joins[index], picture, index, frame, position)

    def _shot(self, index: int, frame: int) -> Picture:
        if index not in self._open:
            size = (self.plan.width, self.plan.height)
            kept = {index - 1: self._open[index - 1]} if index - 1 in self._open else {}
            self._open = {**kept, index: ShotPicture(self.plan.shots[index], size, self.plan.grain)}
        return self._open[index].at(self.timeline.clock[frame] - self._starts[index])

    def _letterboxed(self, picture: Picture) -> Picture:
        bar = round(self.plan.letterbox * self.plan.height)
        if bar:
            picture[:bar] = 0
            picture[-bar:] = 0
        return picture

    def _joined(self, join: JoinPlan, before: Picture, index: int, frame: int, position: int) -> Picture:
        if join.kind == "fade":
            return self._faded(join, before, index, frame, position)
        after = self._shot(index + 1, frame)
        part = progress(join.curve, position, join.frames)
        return wiped(before, after, join, part) if join.kind == "wipe" else mixed(before, after, part)

    def _faded(self, join: JoinPlan, before: Picture, index: int, frame: int, position: int) -> Picture:
        colour = plain(before, join.colour)
        if position < join.out:
            return mixed(before, colour, progress(join.curve, position, join.out))
        if position < join.out + join.hold:
            return colour
        into = position - join.out - join.hold
        return mixed(colour, self._shot(index + 1, frame), progress(join.curve, into, join.into))
