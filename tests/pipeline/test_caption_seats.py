from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from formats.clip_plan import MadeClip
from formats.film_scan import AudioStream
from pipeline.caption_places import Place
from pipeline.caption_seats import MOST_DEATHS, CaptionSeats, Fate, Given
from pipeline.caption_task import CaptionTask

MADE = MadeClip(
    key="k",
    fps="24/1",
    frames=1,
    width=2,
    height=2,
    shots=((0, 1),),
    audio=AudioStream(),
    bytes=1,
    sha256="",
    borders=(),
    encoder="",
)


def tasks(count: int) -> list[CaptionTask]:
    name = Path("x")
    return [
        CaptionTask(id=str(n), clip=name, made=MADE, annotation=name, wall_seconds=1, memory_mb=1) for n in range(count)
    ]


def seats(desks: int, clips: int, in_flight: int = 8) -> CaptionSeats:
    return CaptionSeats([Place(f"node-{n}", 1, 0) for n in range(desks)], in_flight, tasks(clips))


class Played:
    """Gives clips out and plays the desks: one dies as soon as it has a clip of ``poison``, after ``before`` clips of that turn."""

    def __init__(self, seats: CaptionSeats, poison: set[str]) -> None:
        self.seats, self.poison = seats, poison
        self.answered: list[str] = []
        self.blamed: list[str] = []
        self.deaths = 0

    def run(self) -> None:
        out: deque[Given] = deque()
        while self.seats.waiting or out:
            for given in self.seats.hand_out():
                given.seat.actor = given.seat.actor or "desk"
                out.append(given)
            seat = out[0].seat
            clips = [given for given in out if given.seat is seat]
            out = deque(given for given in out if given.seat is not seat)
            dies = any(given.task.id in self.poison for given in clips)
            self.deaths += dies
            for given in clips if dies else clips[:1]:
                self.back(given, "died" if dies else "answered")
            out.extend([] if dies else clips[1:])

    def back(self, given: Given, fate: Fate) -> None:
        if fate == "answered":
            self.answered.append(given.task.id)
        if blamed := self.seats.came_back(given, fate):
            self.blamed.append(blamed.id)


@pytest.mark.parametrize("desks", [1, 3])
@pytest.mark.parametrize("poison", [{"0"}, {"7"}, {"3", "4"}, {"0", "50", "99"}])
def test_only_a_clip_that_kills_every_desk_is_failed(desks: int, poison: set[str]) -> None:
    played = Played(seats(desks, 100), poison)
    played.run()
    assert sorted(played.blamed) == sorted(poison)
    assert sorted(played.answered, key=int) == [str(n) for n in range(100) if str(n) not in poison]


def test_a_desk_that_dies_once_costs_no_clip() -> None:
    pool = seats(1, 10)
    first = list(pool.hand_out())
    for given in first:
        assert pool.came_back(given, "died") is None
    played = Played(pool, set())
    played.run()
    assert sorted(played.answered, key=int) == [str(n) for n in range(10)]


def test_suspects_have_a_desk_to_themselves_and_others_go_on() -> None:
    pool = seats(2, 60)
    first = list(pool.hand_out())
    dead = first[0].seat
    fallen = {given.task.id for given in first if given.seat is dead}
    for given in first:
        if given.seat is dead:
            pool.came_back(given, "died")
    again = list(pool.hand_out())
    assert {given.task.id for given in again if given.seat is dead} < fallen
    assert all(given.suspect for given in again if given.seat is dead)
    other = next(given for given in first if given.seat is not dead)
    pool.came_back(other, "answered")
    (fresh,) = pool.hand_out()
    assert (fresh.seat, fresh.suspect) == (other.seat, False)


def test_a_place_that_is_gone_is_left_at_once_and_its_clips_are_under_no_suspicion() -> None:
    pool = seats(2, 40)
    first = list(pool.hand_out())
    gone = first[0].seat
    for given in first:
        if given.seat is gone:
            assert pool.came_back(given, "unplaced") is None
    assert gone not in pool.seats
    for given in first:
        if given.seat is not gone:
            pool.came_back(given, "answered")
    assert all(given.seat is not gone and not given.suspect for given in pool.hand_out())


def test_suspects_of_a_place_that_is_gone_go_to_another_once_it_is_empty() -> None:
    pool = seats(2, 40)
    first = list(pool.hand_out())
    gone, other = first[0].seat, next(given.seat for given in first if given.seat is not first[0].seat)
    for given in [given for given in first if given.seat is gone]:
        pool.came_back(given, "died")
    for given in list(pool.hand_out()):
        pool.came_back(given, "unplaced")
    assert pool.seats == [other] and list(pool.hand_out()) == []
    for given in first:
        if given.seat is other:
            pool.came_back(given, "answered")
    assert all(given.suspect for given in pool.hand_out())


def test_a_place_whose_desks_only_die_is_given_up() -> None:
    pool = seats(1, 200, in_flight=64)
    for _ in range(MOST_DEATHS):
        for given in list(pool.hand_out()):
            pool.came_back(given, "died")
    assert pool.seats == []
