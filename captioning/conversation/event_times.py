"""From times that a model states to frames of the clip. Words never decide time: what is stated is cut off at the shot's
edges, put on frames, and taken to an edge where nothing was seen between it and the edge.
"""

from __future__ import annotations

from fractions import Fraction

from captioning.faults.found import FaultLog, Reading
from captioning.frames.sampled_clip import SampledShot
from formats.exact_time import FrameRange


def shot_interval(start: float, end: float, where: str, shot: SampledShot, fps: Fraction) -> Reading[FrameRange]:
    """Frames of ``shot`` for an event stated from ``start`` to ``end`` seconds of the clip, both finite. Rounded to the nearest
    frame; a start not later than the shot's first picture is the shot's start, an end not earlier than its last picture is
    the shot's end. None where no frame is left.
    """
    log = FaultLog()
    if end < start:
        log.add("reversed_time", where)
        start, end = end, start
    first, last = _frame(start, fps), _frame(end, fps)
    if first < shot.frames[0] or last > shot.frames[1]:
        log.add("outside_shot", where)
    if last <= shot.frames[0] or first >= shot.frames[1]:
        log.add("no_time", where)
        return log.reading(None)
    if not shot.pictures or first <= shot.pictures[0].frame:
        first = shot.frames[0]
    if not shot.pictures or last >= shot.pictures[-1].frame:
        last = shot.frames[1]
    if last <= first:
        log.add("no_time", where)
        return log.reading(None)
    return log.reading((first, last))


def _frame(seconds: float, fps: Fraction) -> int:
    return round(Fraction(seconds) * fps)
