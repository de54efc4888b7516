from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.selection import FilmSelection
from operators.film_clock import plan_seconds
from operators.filter import exact
from operators.select import SelectSettings, select_film

SETTINGS = SelectSettings.model_validate(
    {
        "shots": {"min_frames": 5},
        "defade": {"margin": 2, "margin_percent": 0},
        "stitch": {"rejoin": {"confidence": 0.3, "similarity": 0.9}, "band": {"min": 0.3, "max": 0.98}},
        "filter": {"duration": {"min": 3, "max": 10}, "shots": {"min": 2, "max": 4}},
    }
)


@st.composite
def configs(draw):
    shortest, longest = sorted(draw(st.lists(st.sampled_from([0.5, 2, 3.3, 8, 15]), min_size=2, max_size=2)))
    fewest = draw(st.integers(1, 3))
    band = sorted(draw(st.lists(st.floats(0, 1), min_size=2, max_size=2)))
    return SelectSettings.model_validate(
        {
            "shots": {"min_frames": draw(st.integers(1, 20)), "corrupt": draw(st.sampled_from(["drop", "trim"]))},
            "defade": {"margin": draw(st.integers(0, 4))},
            "stitch": {
                "rejoin": {"confidence": draw(st.floats(0, 1)), "similarity": draw(st.floats(0, 1))},
                "band": {"min": band[0], "max": band[1]},
            },
            "filter": {
                "duration": {"min": shortest, "max": longest},
                "shots": {"min": fewest, "max": fewest + draw(st.integers(0, 3))},
                "scores": draw(st.sampled_from([[], [{"name": "contrast", "min": 0.3}]])),
            },
        }
    )


def overlap(one, other):
    return max(one[0], other[0]) < min(one[1], other[1])


def test_a_candidate_is_planned_with_its_joins_and_its_time(build_film, piece, similarity):
    film = build_film(
        [piece(34, look=100), piece(30, look=120, kind="dissolve", gap=8, confidence=0.7), piece(40, look=110)],
        first_pts=-300,
    )
    selection = select_film(film.scan, film.accepted, film.pts, similarity, SETTINGS)
    (row,) = selection.candidates
    assert row.plan.key == "abababababababab-0-0-112"
    assert [shot.source_frames for shot in row.plan.shots] == [(0, 34), (34, 62), (74, 112)]
    assert [shot.source_pts for shot in row.plan.shots] == [(-300, 3100), (3100, 5900), (7100, 10900)]
    assert [(join.kind, join.source_frames, join.confidence) for join in row.plan.joins] == [
        ("cut", (34, 34), 0.9),
        ("dissolve", (62, 74), 0.7),
    ]
    assert row.similarities == pytest.approx((1 - 20 / 255, 1 - 10 / 255))


def test_scores_are_means_over_the_clips_own_frames(build_film, piece, similarity):
    film = build_film(
        [
            piece(40, look=100, scores={"contrast": 0.2}),
            piece(10, look=120, confidence=0.1, scores={"contrast": 0.8, "sharpness": 5.0}),
            piece(30, look=120),
        ]
    )
    (row,) = select_film(film.scan, film.accepted, film.pts, similarity, SETTINGS).candidates
    assert [shot.source_frames for shot in row.plan.shots] == [(0, 40), (40, 80)]
    assert row.scores == {"contrast": pytest.approx((0.2 * 40 + 0.8 * 10) / 50), "sharpness": 5.0}


def test_a_join_at_the_last_frame_ends_where_the_film_ends(build_film, piece, similarity):
    film = build_film([piece(20), piece(20, look=110)], deltas=[100] * 39 + [777])
    (row,) = select_film(film.scan, film.accepted, film.pts, similarity, SETTINGS).candidates
    assert row.plan.shots[-1].source_pts == (2000, 3900 + 777)
    assert plan_seconds(row.plan) == exact(4.677)


def test_a_film_without_frames_in_shots_yields_nothing_and_loses_nothing(build_film, piece, similarity):
    film = build_film([piece(30)], edges=[(0, 30)])
    selection = select_film(film.scan, film.accepted, film.pts, similarity, SETTINGS)
    assert (selection.shots, selection.links, selection.candidates) == ((), (), ())


@settings(max_examples=200, deadline=None)
@given(data=st.data(), config=configs())
def test_every_shot_ends_in_exactly_one_place(films, similarity, data, config):
    film = data.draw(films)
    selection = select_film(film.scan, film.accepted, film.pts, similarity, config)
    by_key = {row.plan.key: row for row in selection.candidates}
    assert len(by_key) == len(selection.candidates)

    kept = [row for row in selection.shots if row.verdict.outcome == "kept"]
    gone = [row for row in selection.shots if row.verdict.outcome == "dropped"]
    assert len(kept) + len(gone) == len(selection.shots)
    assert all(row.candidate in by_key for row in kept) and all(row.candidate == "" for row in gone)
    assert all(row.verdict.reason and row.verdict.value is not None and row.verdict.limit is not None for row in gone)

    planned = [(row.plan.key, shot.source_frames) for row in selection.candidates for shot in row.plan.shots]
    assert planned == [(row.candidate, row.frames) for row in kept]
    for one, other in pairwise(selection.shots):
        assert one.frames[1] <= other.frames[0] or one.frames[0] == one.frames[1]
    for shot in {row.shot for row in selection.shots}:
        parts = [row for row in selection.shots if row.shot == shot]
        assert all(a.frames[1] == b.frames[0] for a, b in pairwise(parts))
        assert parts[0].run[0] <= parts[0].frames[0] and parts[-1].frames[1] <= parts[0].run[1]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), config=configs())
def test_a_candidate_holds_only_clean_frames_within_the_limits(films, similarity, data, config):
    film = data.draw(films)
    selection = select_film(film.scan, film.accepted, film.pts, similarity, config)
    true = [row.transition for row in selection.transitions if row.verdict.outcome == "kept"]
    limits = config.filter
    for row in selection.candidates:
        plan = row.plan
        assert limits.shots.min <= len(plan.shots) <= limits.shots.max
        assert exact(limits.duration.min) <= plan_seconds(plan) <= exact(limits.duration.max)
        assert len(plan.joins) == len(row.similarities) == len(plan.shots) - 1
        assert all(config.stitch.band.min <= value <= config.stitch.band.max for value in row.similarities)
        for join in plan.joins:
            before, after = plan.shots[join.after_shot], plan.shots[join.after_shot + 1]
            assert join.source_frames == (before.source_frames[1], after.source_frames[0])
        for shot in plan.shots:
            start, end = shot.source_frames
            assert end - start >= config.shots.min_frames
            assert not any(overlap((start, end), bad) for bad in (*film.scan.corrupt, *film.scan.edges))
            for found in true:
                assert not overlap((start, end), found.frames)
                assert not start < found.frames[0] < end
            ends = np.append(film.pts, film.scan.timing.end_pts)
            assert shot.source_pts == (ends[start], ends[end])


@settings(max_examples=50, deadline=None)
@given(data=st.data(), config=configs())
def test_the_same_scan_gives_the_same_selection_and_survives_its_json(films, similarity, data, config):
    film = data.draw(films)
    shuffled = data.draw(st.permutations(film.accepted))
    selection = select_film(film.scan, film.accepted, film.pts, similarity, config)
    text = selection.model_dump_json()
    assert select_film(film.scan, shuffled, film.pts, similarity, config).model_dump_json() == text
    assert FilmSelection.model_validate_json(text) == selection
