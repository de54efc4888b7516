from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.backends.endpoints import (
    FIRST_REST_SECONDS,
    LONGEST_REST_SECONDS,
    LONGEST_TOLD_SECONDS,
    Endpoints,
    ServerState,
    backoff,
)
from captioning.backends.exchange_error import ExchangeError

PATIENCE = 600.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def two() -> tuple[Endpoints, ServerState, ServerState, Clock]:
    clock = Clock()
    a, b = ServerState("http://a"), ServerState("http://b")
    return Endpoints([a, b], PATIENCE, clock), a, b, clock


def test_the_least_busy_server_is_asked() -> None:
    endpoints, a, b, _ = two()
    with endpoints.turn(a):
        assert endpoints.awake() is b
        with endpoints.turn(b), endpoints.turn(b):
            assert endpoints.awake() is a


def test_a_server_that_is_away_rests_and_is_then_tried_with_one_question() -> None:
    endpoints, a, b, clock = two()
    with endpoints.turn(a) as turn:
        pass
    endpoints.away(turn, None)
    with endpoints.turn(b), endpoints.turn(b):
        assert endpoints.awake() is b
        clock.now += FIRST_REST_SECONDS
        assert endpoints.awake() is a
        with endpoints.turn(a) as probe:
            assert endpoints.awake() is b
        endpoints.answered(probe)
        with endpoints.turn(a):
            assert endpoints.awake() is a


def test_failures_of_questions_sent_before_the_rest_do_not_lengthen_it() -> None:
    endpoints, a, _, clock = two()
    with endpoints.turn(a) as first, endpoints.turn(a) as second:
        pass
    clock.now += 0.1
    endpoints.away(first, None)
    rest = a.rests_until
    endpoints.away(second, None)
    assert (a.rests_until, a.failures) == (rest, 1)


def test_what_a_server_says_of_its_rest_is_believed_up_to_a_minute() -> None:
    endpoints, a, b, clock = two()
    with endpoints.turn(a) as turn, endpoints.turn(b) as other:
        pass
    endpoints.away(turn, 7.0)
    endpoints.away(other, 1e9)
    assert (a.rests_until - clock.now, b.rests_until - clock.now) == (7.0, LONGEST_TOLD_SECONDS)
    assert endpoints.awake() is None


@pytest.mark.parametrize("told", [0.0, 0.01])
def test_a_server_that_says_it_is_back_at_once_rests_as_one_that_says_nothing(told: float) -> None:
    endpoints, a, _, clock = two()
    with endpoints.turn(a) as turn:
        pass
    endpoints.away(turn, told)
    assert a.rests_until - clock.now >= FIRST_REST_SECONDS / 2


def test_nobody_is_given_a_server_once_patience_is_over() -> None:
    endpoints, *_, clock = two()
    assert asyncio.run(endpoints.free(until=clock.now + 1)) is not None
    assert asyncio.run(endpoints.free(until=clock.now)) is None


def test_servers_that_answer_nobody_are_waited_for_once_by_all_questions_together() -> None:
    endpoints, a, _, clock = two()
    assert endpoints.patient_until() == clock.now + PATIENCE
    began = clock.now
    for _ in range(3):
        endpoints.troubled(ExchangeError("wait", "server_lost", "It is gone."))
        clock.now += 250
        assert endpoints.patient_until() == began + PATIENCE
    with endpoints.turn(a) as turn:
        endpoints.answered(turn)
    assert endpoints.patient_until() == clock.now + PATIENCE


def test_a_trouble_of_long_ago_shortens_nobodys_patience() -> None:
    endpoints, _, _, clock = two()
    endpoints.troubled(ExchangeError("again", "server_error", "It failed."))
    clock.now += PATIENCE + 1
    assert endpoints.patient_until() == clock.now + PATIENCE
    endpoints.troubled(ExchangeError("wait", "server_busy", "It is busy."))
    clock.now += 1
    assert endpoints.patient_until() == clock.now - 1 + PATIENCE


def test_a_server_that_is_anothers_may_be_found_so_by_several_questions() -> None:
    endpoints, a, b, clock = two()
    endpoints.drop(a)
    endpoints.drop(a)
    assert endpoints.servers == [b]
    endpoints.drop(b)
    assert asyncio.run(endpoints.free(until=clock.now + 1)) is None


def test_a_server_that_fails_on_single_questions_rests_after_three_in_a_row() -> None:
    endpoints, a, _, clock = two()
    for expected in (False, False, True):
        with endpoints.turn(a) as turn:
            pass
        endpoints.faulty(turn, None)
        assert (a.rests_until > clock.now) is expected


@pytest.mark.parametrize("failures", [1, 2, 3, 50, 5000])
def test_rests_double_and_are_capped(failures: int) -> None:
    longest = min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2.0 ** min(failures - 1, 20))
    assert longest / 2 <= backoff(failures, random.Random(failures)) <= longest


@given(st.lists(st.booleans(), max_size=30))
def test_counts_come_back_to_nothing_however_turns_end(fails: list[bool]) -> None:
    endpoints, a, _, _ = two()
    for fail in fails:
        with endpoints.turn(a) as turn:
            assert a.in_flight == 1
        (endpoints.away(turn, None) if fail else endpoints.answered(turn))
    assert (a.in_flight, a.probes) == (0, 0)
