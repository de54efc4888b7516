import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.film_scan import FoundTransition
from operators.defade import DefadeSettings
from operators.shots import ShotSettings, gaps_for_shots, shots_of_film

NO_MARGIN = DefadeSettings(margin=0, margin_percent=0)


def rows_of(film, defade=NO_MARGIN, settings=None):
    return shots_of_film(film.scan, film.accepted, defade, settings or ShotSettings(min_frames=5))


def test_shots_are_what_lies_between_transitions(build_film, piece):
    film = build_film([piece(20), piece(30, kind="dissolve", gap=8), piece(10)])
    assert [row.frames for row in rows_of(film)] == [(0, 20), (20, 50), (58, 68)]
    assert [row.shot for row in rows_of(film)] == [0, 1, 2]


def test_the_margin_is_taken_off_both_sides_of_a_gradual_transition_and_not_of_a_cut(build_film, piece):
    film = build_film([piece(20), piece(30, kind="dissolve", gap=8), piece(10)])
    rows = rows_of(film, DefadeSettings(margin=3, margin_percent=0))
    assert [row.frames for row in rows] == [(0, 20), (20, 47), (61, 68)]
    assert [row.run for row in rows] == [(0, 20), (20, 50), (58, 68)]


@pytest.mark.parametrize(("kind", "wide"), [("dissolve", 3 + 5), ("wipe", 3 + 5), ("fade", 3)])
def test_a_long_dissolve_or_wipe_has_slow_ends_and_a_share_of_it_is_taken_off_too(build_film, piece, kind, wide):
    """A ninth of 41 frames, rounded up, is five."""
    film = build_film([piece(50, kind=kind, gap=41), piece(50)])
    assert [row.frames for row in rows_of(film, DefadeSettings(margin=3, margin_percent=11))] == [
        (0, 50 - wide),
        (91 + wide, 141),
    ]


def test_head_and_tail_without_a_picture_are_removed_with_a_margin(build_film, piece):
    film = build_film([piece(40)], edges=[(0, 6), (33, 40)])
    assert [row.frames for row in rows_of(film, DefadeSettings(margin=2))] == [(8, 31)]


def test_a_shot_of_exactly_the_fewest_frames_is_kept(build_film, piece):
    rows = rows_of(build_film([piece(5), piece(4)]))
    assert [row.verdict.outcome for row in rows] == ["kept", "dropped"]
    assert (rows[1].verdict.reason, rows[1].verdict.value, rows[1].verdict.limit) == ("too_short", 4, 5)


def test_a_shot_that_the_margin_eats_up_is_too_short_and_not_lost(build_film, piece):
    film = build_film([piece(9, kind="fade", gap=4), piece(3, kind="fade", gap=4), piece(9)])
    rows = rows_of(film, DefadeSettings(margin=2))
    assert rows[1].run == (13, 16)
    assert rows[1].frames[0] == rows[1].frames[1]
    assert rows[1].verdict.value == 0


def test_a_shot_with_damaged_frames_is_dropped_whole_by_default(build_film, piece):
    film = build_film([piece(40), piece(40)], corrupt=[(10, 13)])
    rows = rows_of(film)
    assert [row.verdict.reason for row in rows] == ["corrupt", ""]
    assert (rows[0].verdict.value, rows[0].verdict.limit) == (3, 0)


def test_undamaged_stretches_can_be_shots(build_film, piece):
    film = build_film([piece(40), piece(40)], corrupt=[(10, 13)])
    rows = rows_of(film, settings=ShotSettings(min_frames=5, corrupt="trim"))
    assert [row.frames for row in rows] == [(0, 10), (13, 40), (40, 80)]
    assert {row.verdict.outcome for row in rows} == {"kept"}


def test_transitions_that_overlap_or_touch_are_one_gap_named_after_the_longest(build_film, piece):
    film = build_film([piece(60)])
    found = [
        FoundTransition(kind="cut", frames=(30, 30), confidence=0.99, evidence={}),
        FoundTransition(kind="dissolve", frames=(20, 30), confidence=0.6, evidence={}),
        FoundTransition(kind="wipe", frames=(22, 26), confidence=0.7, evidence={}),
    ]
    gaps = gaps_for_shots(film.scan, found, ShotSettings())
    assert [(gap.frames, gap.transition.kind) for gap in gaps] == [((20, 30), "dissolve")]


@pytest.mark.parametrize("where", [0, 60])
def test_a_cut_at_the_films_border_makes_no_empty_shot(build_film, piece, where):
    film = build_film([piece(60)])
    found = [FoundTransition(kind="cut", frames=(where, where), confidence=1, evidence={})]
    rows = shots_of_film(film.scan, found, NO_MARGIN, ShotSettings())
    assert [row.frames for row in rows] == [(0, 60)]


@settings(deadline=None)
@given(data=st.data(), margin=st.integers(0, 4), percent=st.integers(0, 30), corrupt=st.sampled_from(["drop", "trim"]))
def test_every_frame_is_in_one_run_or_in_one_gap(films, data, margin, percent, corrupt):
    film = data.draw(films)
    settings = ShotSettings(min_frames=3, corrupt=corrupt)
    rows = shots_of_film(film.scan, film.accepted, DefadeSettings(margin=margin, margin_percent=percent), settings)
    gaps = gaps_for_shots(film.scan, film.accepted, settings)
    pieces = sorted([row.run for row in rows] + [gap.frames for gap in gaps if gap.frames[0] < gap.frames[1]])
    assert [start for start, _ in pieces] == [0, *(end for _, end in pieces[:-1])]
    assert pieces[-1][1] == film.scan.timing.frames
    removed = [found.frames for found in film.accepted] + list(film.scan.edges)
    for row in rows:
        assert row.run[0] <= row.frames[0] <= row.frames[1] <= row.run[1]
        assert not any(max(row.run[0], start) < min(row.run[1], end) for start, end in removed)
        if row.verdict.outcome == "kept":
            assert row.frames[1] - row.frames[0] >= 3
            assert not any(max(row.run[0], start) < min(row.run[1], end) for start, end in film.scan.corrupt)


@settings(deadline=None)
@given(data=st.data(), margin=st.integers(0, 4))
def test_kept_frames_stay_a_margin_away_from_gradual_transitions(films, data, margin):
    film = data.draw(films)
    for row in shots_of_film(film.scan, film.accepted, DefadeSettings(margin=margin), ShotSettings(min_frames=1)):
        if row.verdict.outcome == "kept":
            for found in film.accepted:
                if found.kind != "cut":
                    start, end = found.frames
                    assert row.frames[1] <= start - margin or row.frames[0] >= end + margin
