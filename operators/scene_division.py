"""How the shots of one scene become candidates: greedily, left to right, without overlap.

A scene is a run of shots that are all linked (``operators/stitch.py``). From its first shot on:

1. *Fill.* Take whole shots while shot count and duration allow. If that makes a clip, it is a candidate; go on behind
   it.
2. *Fill up.* If it does not, and the next shot is too long for what is left, take the opening part of that shot that
   fits. If that makes a clip, it is a candidate; the rest of the divided shot starts the next one.
3. *Give up an opening.* If the first shot leaves no room for the others that a clip needs, its opening is dropped
   (``over_long``): kept is what leaves room for the next shots whole, or an equal share of ``duration.max`` if that
   is more.
4. *Drop.* Otherwise the first shot (what is left of it) is dropped, with what it missed, and the rest is tried again.

So a shot is divided only where no clip would come out of it whole; two parts of one shot never meet in one clip
(there is no cut between them); no part is shorter than ``shots.min_frames``; and a single take is a candidate only if
``shots.min`` is 1.

Published: clips of 8-15 s and 2-4 shots are selected (Cine250K, arXiv 2508.11484), long cuts are divided every 5 s
(Panda-70M's splitter). What becomes of scenes that do not fit is not published.
Greedy and left to right is our reading: it looks no further ahead than one clip, and it is easy to check by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from formats.exact_time import FrameRange
from formats.ledger import KEPT, Verdict, dropped
from operators.film_clock import FilmClock
from operators.filter import FilterSettings, exact, judge_length


@dataclass(frozen=True)
class Part:
    """Frames of shot number ``shot``: all of them, or a part after division."""

    shot: int
    frames: FrameRange

    @property
    def length(self) -> int:
        return self.frames[1] - self.frames[0]


@dataclass(frozen=True)
class Placement:
    """Kept: ``parts`` are one candidate. Dropped: ``parts`` is the one part that the verdict is about."""

    parts: tuple[Part, ...]
    verdict: Verdict


def divide_scene(
    scene: Sequence[Part], clock: FilmClock, settings: FilterSettings, min_frames: int
) -> tuple[Placement, ...]:
    """Every frame of ``scene`` in exactly one placement, in film order. ``scene`` holds linked shots of
    ``min_frames`` or more."""
    divider = _Divider(clock, settings, min_frames)
    placements = []
    rest = tuple(scene)
    while rest:
        placement, rest = divider.place(rest)
        placements.append(placement)
    return tuple(placements)


@dataclass(frozen=True)
class _Divider:
    clock: FilmClock
    settings: FilterSettings
    min_frames: int

    def place(self, rest: tuple[Part, ...]) -> tuple[Placement, tuple[Part, ...]]:
        """What happens to the opening of ``rest``, and what is left after that; always at least a frame less."""
        if rest[0].length < self.min_frames:
            too_short = dropped("too_short", rest[0].length, self.min_frames, "what division left of this shot")
            return Placement(rest[:1], too_short), rest[1:]
        whole = self._fill(rest)
        if self._is_clip(rest[:whole]):
            return Placement(rest[:whole], KEPT), rest[whole:]
        if whole < len(rest):
            head, tail = self._split_to_fit(rest[:whole], rest[whole])
            if head.length >= self.min_frames and self._is_clip((*rest[:whole], head)):
                return Placement((*rest[:whole], head), KEPT), (tail, *rest[whole + 1 :])
        opening, closing = self._give_up_opening(rest)
        if opening.length and closing.length >= self.min_frames:
            return Placement((opening,), self._over_long(rest)), (closing, *rest[1:])
        return Placement(rest[:1], self._missed(rest, whole)), rest[1:]

    def _fill(self, rest: tuple[Part, ...]) -> int:
        seconds, count = Fraction(0), 0
        for part in rest[: self.settings.shots.max]:
            seconds += self.clock.seconds(part.frames)
            if seconds > self._longest:
                break
            count += 1
        return count

    def _split_to_fit(self, taken: tuple[Part, ...], part: Part) -> tuple[Part, Part]:
        head = self.clock.head_within(part.frames, self._longest - self._seconds(taken))
        return replace(part, frames=head), replace(part, frames=(head[1], part.frames[1]))

    def _give_up_opening(self, rest: tuple[Part, ...]) -> tuple[Part, Part]:
        first, needed = rest[0], self.settings.shots.min
        start = first.frames[0]
        if 2 <= needed <= len(rest):
            room = max(self._longest - self._seconds(rest[1:needed]), self._longest / needed)
            start = self.clock.tail_within(first.frames, room)[0]
        return replace(first, frames=(first.frames[0], start)), replace(first, frames=(start, first.frames[1]))

    def _over_long(self, rest: tuple[Part, ...]) -> Verdict:
        seconds = float(self._seconds(rest[: self.settings.shots.min]))
        detail = "with this shot whole, the fewest shots of a clip last too long; its opening is given up"
        return dropped("over_long", seconds, self.settings.duration.max, detail)

    def _missed(self, rest: tuple[Part, ...], whole: int) -> Verdict:
        needed = self.settings.shots.min
        if len(rest) < needed:
            return dropped("shots_min", len(rest), needed, "from here the scene has fewer shots than filter.shots.min")
        if whole < needed:
            seconds = float(self._seconds(rest[:needed]))
            detail = "from here no clip of enough shots fits filter.duration.max"
            return dropped("duration_max", seconds, self.settings.duration.max, detail)
        seconds = float(self._seconds(rest[:whole]))
        return dropped("duration_min", seconds, self.settings.duration.min, "from here no clip is long enough")

    def _is_clip(self, parts: tuple[Part, ...]) -> bool:
        return bool(parts) and judge_length(len(parts), self._seconds(parts), self.settings).outcome == "kept"

    def _seconds(self, parts: tuple[Part, ...]) -> Fraction:
        return sum((self.clock.seconds(part.frames) for part in parts), Fraction(0))

    @property
    def _longest(self) -> Fraction:
        return exact(self.settings.duration.max)
