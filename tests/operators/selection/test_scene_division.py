from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.film_clock import FilmClock
from operators.filter import FilterSettings, exact
from operators.scene_division import Part, divide_scene


def limits(shortest, longest, fewest, most):
    return FilterSettings.model_validate(
        {"duration": {"min": shortest, "max": longest}, "shots": {"min": fewest, "max": most}}
    )


@pytest.fixture
def divide(build_film, piece):
    """Divides a scene of shots that last so many tenths of a second; a frame is a tenth of a second."""

    def run(lengths, settings, min_frames=5, deltas=None):
        film = build_film([piece(length) for length in lengths], deltas=deltas)
        scene = [Part(shot, fragment.frames) for shot, fragment in enumerate(film.scan.fragments)]
        placements = divide_scene(scene, FilmClock.of_film(film.scan, film.pts), settings, min_frames)
        return [
            (placement.verdict.reason or "clip", [(part.shot, part.length) for part in placement.parts])
            for placement in placements
        ]

    return run


def test_whole_shots_are_taken_while_they_fit(divide):
    assert divide([30, 30, 30, 30, 30, 30], limits(3, 10, 2, 4)) == [
        ("clip", [(0, 30), (1, 30), (2, 30)]),
        ("clip", [(3, 30), (4, 30), (5, 30)]),
    ]


def test_the_most_shots_end_a_candidate(divide):
    assert divide([20] * 5, limits(3, 15, 2, 3)) == [
        ("clip", [(0, 20), (1, 20), (2, 20)]),
        ("clip", [(3, 20), (4, 20)]),
    ]


def test_a_duration_equal_to_a_limit_fits(divide):
    assert divide([50, 50], limits(10, 10, 2, 2)) == [("clip", [(0, 50), (1, 50)])]
    assert divide([50, 49], limits(10, 10, 2, 2))[0][0] == "duration_min"


def test_what_is_left_of_a_scene_is_dropped_with_what_it_missed(divide):
    assert divide([40, 40, 40], limits(3, 10, 2, 4)) == [("clip", [(0, 40), (1, 40)]), ("shots_min", [(2, 40)])]
    assert divide([10, 10], limits(3, 10, 2, 4)) == [("duration_min", [(0, 10)]), ("shots_min", [(1, 10)])]


def test_a_single_take_is_a_candidate_only_if_one_shot_is_enough(divide):
    assert divide([80], limits(3, 10, 1, 4)) == [("clip", [(0, 80)])]
    assert divide([80], limits(3, 10, 2, 4)) == [("shots_min", [(0, 80)])]


def test_an_over_long_take_is_divided_left_to_right(divide):
    assert divide([250], limits(3, 10, 1, 4)) == [
        ("clip", [(0, 100)]),
        ("clip", [(0, 100)]),
        ("clip", [(0, 50)]),
    ]
    assert divide([223], limits(3, 10, 1, 4))[2:] == [("duration_min", [(0, 23)])]
    assert divide([203], limits(0, 10, 1, 4))[2:] == [("too_short", [(0, 3)])]


def test_a_shot_that_does_not_fit_is_divided_if_no_clip_comes_out_otherwise(divide):
    assert divide([60, 120, 60], limits(8, 15, 2, 4)) == [
        ("clip", [(0, 60), (1, 90)]),
        ("clip", [(1, 30), (2, 60)]),
    ]


def test_a_shot_that_does_not_fit_stays_whole_if_a_clip_comes_out_without_it(divide):
    assert divide([50, 50, 120, 20], limits(8, 15, 2, 4)) == [
        ("clip", [(0, 50), (1, 50)]),
        ("clip", [(2, 120), (3, 20)]),
    ]


def test_an_over_long_shot_gives_what_lies_next_to_its_cuts(divide):
    assert divide([50, 600, 40], limits(8, 15, 2, 4)) == [
        ("clip", [(0, 50), (1, 100)]),
        ("over_long", [(1, 390)]),
        ("clip", [(1, 110), (2, 40)]),
    ]


def test_between_two_over_long_shots_the_time_is_shared(divide):
    assert divide([600, 600], limits(8, 15, 2, 4)) == [
        ("over_long", [(0, 525)]),
        ("clip", [(0, 75), (1, 75)]),
        ("shots_min", [(1, 525)]),
    ]


def test_a_part_of_exactly_the_fewest_frames_is_enough(divide):
    assert divide([95, 60], limits(8, 10, 2, 4), min_frames=5) == [
        ("clip", [(0, 95), (1, 5)]),
        ("shots_min", [(1, 55)]),
    ]
    assert divide([95, 60], limits(8, 10, 2, 4), min_frames=6) == [
        ("over_long", [(0, 45)]),
        ("clip", [(0, 50), (1, 50)]),
        ("shots_min", [(1, 10)]),
    ]


def test_an_over_long_shot_makes_room_for_the_fewest_shots_only(divide):
    assert divide([600, 40, 30], limits(8, 15, 2, 4)) == [
        ("over_long", [(0, 490)]),
        ("clip", [(0, 110), (1, 40)]),
        ("shots_min", [(2, 30)]),
    ]


def test_a_shot_is_not_cut_down_to_less_than_the_fewest_frames(divide):
    assert divide([90, 60], limits(8, 10, 2, 4), min_frames=60) == [
        ("duration_max", [(0, 90)]),
        ("shots_min", [(1, 60)]),
    ]


def test_frames_that_last_too_long_for_any_clip_are_dropped(divide):
    settings = limits(0, 2, 1, 2)
    assert divide([2], settings, min_frames=1, deltas=[5000, 1000]) == [
        ("duration_max", [(0, 2)]),
    ]


def test_a_variable_rate_is_divided_by_time_and_not_by_count(divide):
    deltas = [1000] * 4 + [100] * 40
    assert divide([44], limits(1, 4, 1, 1), min_frames=1, deltas=deltas) == [
        ("clip", [(0, 4)]),
        ("clip", [(0, 40)]),
    ]


@st.composite
def cases(draw):
    lengths = draw(st.lists(st.integers(5, 60) | st.integers(60, 500), min_size=1, max_size=10))
    shortest = draw(st.sampled_from([0, 0.5, 1, 2.5, 8]))
    longest = draw(st.sampled_from([8, 10, 15.1, 20]))
    fewest = draw(st.integers(1, 3))
    deltas = draw(st.none() | st.lists(st.integers(1, 400), min_size=1, max_size=5))
    return lengths, limits(shortest, longest, fewest, fewest + draw(st.integers(0, 3))), deltas


@settings(deadline=None)
@given(case=cases(), min_frames=st.integers(1, 5))
def test_every_frame_is_placed_once_and_every_candidate_keeps_the_limits(build_film, piece, case, min_frames):
    lengths, settings, pattern = case
    deltas = None if pattern is None else [pattern[at % len(pattern)] for at in range(sum(lengths))]
    film = build_film([piece(length) for length in lengths], deltas=deltas)
    clock = FilmClock.of_film(film.scan, film.pts)
    scene = [Part(shot, fragment.frames) for shot, fragment in enumerate(film.scan.fragments)]
    placements = divide_scene(scene, clock, settings, min_frames)
    parts = [part for placement in placements for part in placement.parts]
    assert parts[0].frames[0] == 0 and parts[-1].frames[1] == sum(lengths)
    for one, other in pairwise(parts):
        assert one.frames[1] == other.frames[0]
    for part in parts:
        whole = scene[part.shot].frames
        assert whole[0] <= part.frames[0] < part.frames[1] <= whole[1]
    for placement in placements:
        if placement.verdict.outcome == "dropped":
            assert len(placement.parts) == 1
            assert placement.verdict.value is not None and placement.verdict.limit is not None
            continue
        shots = [part.shot for part in placement.parts]
        seconds = sum((clock.seconds(part.frames) for part in placement.parts), Fraction(0))
        assert shots == list(range(shots[0], shots[0] + len(shots)))
        assert settings.shots.min <= len(shots) <= settings.shots.max
        assert exact(settings.duration.min) <= seconds <= exact(settings.duration.max)
        assert all(part.length >= min_frames for part in placement.parts)
        inner = placement.parts[1:-1]
        assert all(part.frames == scene[part.shot].frames for part in inner)


@settings(deadline=None)
@given(case=cases())
def test_a_dropped_value_lies_on_the_wrong_side_of_its_limit(build_film, piece, case):
    lengths, settings, pattern = case
    deltas = None if pattern is None else [pattern[at % len(pattern)] for at in range(sum(lengths))]
    film = build_film([piece(length) for length in lengths], deltas=deltas)
    scene = [Part(shot, fragment.frames) for shot, fragment in enumerate(film.scan.fragments)]
    for placement in divide_scene(scene, FilmClock.of_film(film.scan, film.pts), settings, 5):
        verdict = placement.verdict
        if verdict.outcome == "dropped":
            below = {"too_short", "shots_min", "duration_min"}
            assert verdict.reason in below | {"over_long", "duration_max"}
            assert (verdict.value < verdict.limit) == (verdict.reason in below)
            assert verdict.value != verdict.limit
