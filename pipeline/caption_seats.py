"""Which desk gets which clips, and which clip is to blame where a desk dies. Nothing of Ray is here.

The clips that a desk died with are suspects. They are given out again by halves, each half alone at a desk, until a desk has died
over a single clip: that one is to blame, and none that was only beside it. A place where no desk can stand any more costs no clip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.caption_places import Place
from pipeline.caption_task import CaptionTask

MOST_DEATHS = 5
"""In a row, without an answer between: then no desk is put there again."""

Fate = Literal["answered", "died", "unplaced"]
"""Of a clip that was given out: its desk answered, died meanwhile, or cannot stand where it should (its node is gone)."""


@dataclass(eq=False)
class Seat:
    """A place with its desk. ``out``: clips given to it; ``alone``: those are suspects, or its desk has died; ``fallen``: those
    that came back without an answer; ``deaths`` of desks there, in a row."""

    place: Place
    actor: Any = None
    out: int = 0
    alone: bool = False
    fallen: list[CaptionTask] = field(default_factory=list)
    deaths: int = 0


@dataclass(frozen=True)
class Given:
    seat: Seat
    task: CaptionTask
    suspect: bool


class CaptionSeats:
    """``in_flight``: questions of one desk at once."""

    def __init__(self, places: Iterable[Place], in_flight: int, tasks: Iterable[CaptionTask]) -> None:
        self.seats = [Seat(place) for place in places]
        self._in_flight = in_flight
        self._left = deque(tasks)
        self._suspects: deque[list[CaptionTask]] = deque()

    @property
    def waiting(self) -> bool:
        """Whether there are clips to give out."""
        return bool(self._left or self._suspects)

    def most(self, seat: Seat) -> int:
        """Clips for one desk: those that are asked about, and as many that are decoded meanwhile."""
        return 2 * self._in_flight + seat.place.workers

    def hand_out(self) -> Iterator[Given]:
        """Enough clips for every desk. Suspects go to a desk that has nothing else, and gets nothing beside them."""
        for seat in self.seats:
            if self._suspects and not seat.out:
                seat.alone = True
                for task in self._suspects.popleft():
                    yield _given(seat, task, suspect=True)
        emptied = self._to_be_emptied()
        while self._left:
            open_to_all = (seat for seat in self.seats if seat is not emptied and not (seat.alone and seat.out))
            chosen = min(open_to_all, key=lambda seat: seat.out, default=None)
            if chosen is None or chosen.out >= self.most(chosen):
                return
            chosen.alone = False
            yield _given(chosen, self._left.popleft(), suspect=False)

    def came_back(self, given: Given, fate: Fate) -> CaptionTask | None:
        """Returns the clip that is to blame, once that is known."""
        seat = given.seat
        seat.out -= 1
        if fate == "answered":
            seat.deaths = 0
        else:
            if not seat.fallen:
                self._desk_gone(seat, fate)
            seat.fallen.append(given.task)
        if seat.out or not seat.fallen:
            return None
        fallen, seat.fallen = seat.fallen, []
        return self._suspected(fallen, given.suspect, fate)

    def _to_be_emptied(self) -> Seat | None:
        """Where suspects wait for a desk of their own and none is about to have one."""
        if not self._suspects or any(seat.alone and seat.out for seat in self.seats):
            return None
        return min(self.seats, key=lambda seat: seat.out, default=None)

    def _desk_gone(self, seat: Seat, fate: Fate) -> None:
        seat.actor, seat.alone = None, True
        seat.deaths += 1
        if fate == "unplaced" or seat.deaths >= MOST_DEATHS:
            self.seats.remove(seat)

    def _suspected(self, fallen: list[CaptionTask], suspect: bool, fate: Fate) -> CaptionTask | None:
        if fate == "unplaced" and not suspect:
            self._left.extendleft(reversed(fallen))
        elif fate == "unplaced":
            self._suspects.append(fallen)
        elif suspect and len(fallen) == 1:
            return fallen[0]
        else:
            half = len(fallen) // 2
            self._suspects.extend(part for part in (fallen[:half], fallen[half:]) if part)
        return None


def _given(seat: Seat, task: CaptionTask, *, suspect: bool) -> Given:
    seat.out += 1
    return Given(seat, task, suspect)
