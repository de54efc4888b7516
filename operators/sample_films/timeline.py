"""From a plan to frames: which frame shows what, and when it is shown."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from formats.exact_time import parse_rational
from operators.sample_films.plans import FilmPlan

SegmentKind = Literal["shot", "cut", "dissolve", "fade", "wipe", "black", "fade_in", "fade_out"]


@dataclass(frozen=True)
class Segment:
    """Frames ``[start, end)`` of the film. ``shot`` is the one on screen, or the one that leaves."""

    kind: SegmentKind
    start: int
    end: int
    shot: int


@dataclass(frozen=True)
class Timeline:
    """``pts[f]`` in ticks of ``time_base``; ``clock[f]`` is the same instant in frames at the nominal rate."""

    segments: tuple[Segment, ...]
    frames: int
    time_base: Fraction
    pts: tuple[int, ...]
    end_pts: int
    clock: tuple[float, ...]

    def shot_start(self, shot: int) -> int:
        return next(s.start for s in self.segments if s.kind == "shot" and s.shot == shot)


def film_timeline(plan: FilmPlan) -> Timeline:
    segments = _segments(plan)
    frames = segments[-1].end
    rate = parse_rational(plan.rate)
    time_base = _time_base(plan, rate)
    instants = _instants(plan, frames)
    ticks = [_ticks(instant, rate, time_base) for instant in instants]
    clock = tuple(float(tick * time_base * rate) for tick in ticks[:-1])
    return Timeline(segments, frames, time_base, tuple(ticks[:-1]), ticks[-1], clock)


def is_variable(timeline: Timeline, rate: Fraction) -> bool:
    """Whether some frame lasts more than one tick longer or shorter than the nominal rate says."""
    nominal = 1 / rate / timeline.time_base
    ends = (*timeline.pts[1:], timeline.end_pts)
    return any(abs(end - start - nominal) > 1 for start, end in zip(timeline.pts, ends, strict=True))


def _segments(plan: FilmPlan) -> tuple[Segment, ...]:
    parts: list[tuple[SegmentKind, int, int]] = [("black", plan.head.black, 0), ("fade_in", plan.head.fade, 0)]
    for index, shot in enumerate(plan.shots):
        parts.append(("shot", shot.frames, index))
        if index < len(plan.joins):
            parts.append((plan.joins[index].kind, plan.joins[index].own_frames, index))
    last = len(plan.shots) - 1
    parts += [("fade_out", plan.tail.fade, last), ("black", plan.tail.black, last)]
    segments, start = [], 0
    for kind, frames, shot_index in parts:
        if frames or kind == "cut":
            segments.append(Segment(kind, start, start + frames, shot_index))
        start += frames
    return tuple(segments)


def _time_base(plan: FilmPlan, rate: Fraction) -> Fraction:
    """What the container will write: Matroska has milliseconds, AVI counts frames, MP4 at least 10,000 ticks."""
    if plan.encoding.container in ("mkv", "webm"):
        return Fraction(1, 1000)
    if plan.encoding.container == "avi":
        return 1 / rate
    if plan.timing.kind != "constant":
        return Fraction(1, 90000)
    ticks = rate.numerator
    while ticks < 10000:
        ticks *= 2
    return Fraction(1, ticks)


def _ticks(instant: Fraction, rate: Fraction, time_base: Fraction) -> int:
    exact = instant / rate / time_base
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def _instants(plan: FilmPlan, frames: int) -> list[Fraction]:
    """When each frame starts, and when the last one ends, in frames at the nominal rate."""
    dice = random.Random(f"timing {plan.seed}")
    amount = plan.timing.amount
    instants, now = [], Fraction(0)
    for frame in range(frames):
        instants.append(now)
        step = Fraction(1)
        if plan.timing.kind == "drops" and dice.random() < amount:
            step = Fraction(dice.choice((2, 2, 3)))
        elif plan.timing.kind == "jitter":
            step = Fraction(round(1000 * (1 + dice.uniform(-amount, amount))), 1000)
        elif plan.timing.kind == "two_rates" and frame >= frames // 2:
            step = Fraction(round(1000 * amount), 1000)
        now += step
    return [*instants, now]
