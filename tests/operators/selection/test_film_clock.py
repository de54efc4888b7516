from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.film_clock import FilmClock


def test_a_constant_rate_counts_frames_and_not_rounded_timestamps(build_film, piece):
    ticks = [41, 42, 42] * 8
    film = build_film([piece(24)], fps="24/1", deltas=ticks)
    constant = film.scan.model_copy(update={"timing": film.scan.timing.model_copy(update={"vfr": False})})
    assert FilmClock.of_film(constant, film.pts).seconds((0, 24)) == 1
    assert FilmClock.of_film(constant, film.pts).seconds((0, 1)) == Fraction(1, 24)


def test_a_variable_rate_counts_the_time_on_screen(build_film, piece):
    film = build_film([piece(4)], deltas=[100, 700, 33, 167], first_pts=-250)
    clock = FilmClock.of_film(film.scan, film.pts)
    assert clock.seconds((1, 3)) == Fraction(733, 1000)
    assert clock.pts_span((1, 4)) == (-150, 750)
    assert clock.seconds((0, 4)) == 1


def test_a_part_that_fits_exactly_is_taken_whole(build_film, piece):
    film = build_film([piece(4)], deltas=[100, 700, 33, 167])
    clock = FilmClock.of_film(film.scan, film.pts)
    assert clock.head_within((0, 4), Fraction(833, 1000)) == (0, 3)
    assert clock.head_within((0, 4), Fraction(832, 1000)) == (0, 2)
    assert clock.tail_within((0, 4), Fraction(200, 1000)) == (2, 4)
    assert clock.tail_within((0, 4), Fraction(199, 1000)) == (3, 4)
    assert clock.head_within((1, 4), Fraction(0)) == (1, 1)
    assert clock.tail_within((1, 4), Fraction(-1)) == (4, 4)


def test_timestamps_that_are_not_the_scans_are_refused(build_film, piece):
    film = build_film([piece(4)])
    with pytest.raises(ValueError, match="counts 4 frames"):
        FilmClock.of_film(film.scan, film.pts[:3])
    with pytest.raises(ValueError, match="must rise"):
        FilmClock.of_film(film.scan, film.pts[::-1])
    with pytest.raises(ValueError, match="must rise"):
        FilmClock.of_film(film.scan, film.pts + 1000)


@settings(deadline=None)
@given(data=st.data())
def test_a_fitted_part_is_the_longest_that_fits(films, data):
    film = data.draw(films)
    clock = FilmClock.of_film(film.scan, film.pts)
    start = data.draw(st.integers(0, len(film.pts) - 1))
    end = data.draw(st.integers(start + 1, len(film.pts)))
    limit = data.draw(st.fractions(0, 100))
    head, tail = clock.head_within((start, end), limit), clock.tail_within((start, end), limit)
    assert head[0] == start and tail[1] == end
    assert clock.seconds(head) <= limit and clock.seconds(tail) <= limit
    assert head[1] == end or clock.seconds((start, head[1] + 1)) > limit
    assert tail[0] == start or clock.seconds((tail[0] - 1, end)) > limit


def test_borders_keep_ticks_as_integers(build_film, piece):
    film = build_film([piece(3)])
    assert FilmClock.of_film(film.scan, film.pts).borders.dtype == np.int64
