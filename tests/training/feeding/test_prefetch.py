"""Things made ahead: in order, bounded, and no error is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count, islice

import pytest

from training.feeding.prefetch import Prefetched


def test_all_come_in_order() -> None:
    with Prefetched(range(100), 3) as things:
        assert list(things) == list(range(100))


def test_no_more_is_made_than_is_wanted_ahead() -> None:
    made: list[int] = []

    def endless() -> Iterator[int]:
        for number in count():
            made.append(number)
            yield number

    with Prefetched(endless(), 2) as things:
        taken = list(islice(things, 5))
        time.sleep(0.3)
        assert taken == [0, 1, 2, 3, 4]
        assert len(made) <= 5 + 2 + 1


def test_an_error_comes_after_all_that_was_made_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk is gone")

    taken = []
    with Prefetched(failing(), 1) as things, pytest.raises(OSError, match="the disk is gone"):
        for thing in things:
            taken.append(thing)
    assert taken == [1, 2]


def test_leaving_early_ends_the_thread() -> None:
    before = threading.active_count()
    with Prefetched(count(), 2) as things:
        next(iter(things))
        assert threading.active_count() == before + 1
    assert threading.active_count() == before


def test_waiting_for_a_slow_maker_is_counted_and_for_a_slow_taker_is_not() -> None:
    def slow() -> Iterator[int]:
        for number in range(3):
            time.sleep(0.1)
            yield number

    with Prefetched(slow(), 1) as things:
        list(things)
    with Prefetched(range(3), 3) as ready:
        time.sleep(0.3)
        list(ready)
    assert things.waited > ready.waited
