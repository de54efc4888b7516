import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from operators.defade import DefadeSettings
from operators.shots import ShotSettings, gaps_for_shots, shots_of_film
from operators.stitch import link_shots, undo_false_cuts
from operators.stitch_settings import BandSettings, RejoinSettings

REJOIN = RejoinSettings(confidence=0.5, similarity=0.9)
SHOTS = ShotSettings(min_frames=5)


def links_of(film, similarity, band, settings=SHOTS):
    shots = shots_of_film(film.scan, film.accepted, DefadeSettings(margin=2), settings)
    return link_shots(film.scan, shots, gaps_for_shots(film.scan, film.accepted, settings), similarity, band)


def undone(film, similarity, settings=REJOIN):
    rows = undo_false_cuts(film.scan, film.accepted, similarity, settings)
    return [row.transition.frames for row in rows if row.verdict.outcome == "dropped"]


def test_a_doubtful_cut_between_like_pictures_is_undone_and_says_why(build_film, piece, similarity):
    film = build_film([piece(20, look=100, confidence=0.3), piece(20, look=100)])
    (row,) = undo_false_cuts(film.scan, film.accepted, similarity, REJOIN)
    assert (row.verdict.outcome, row.verdict.reason, row.verdict.value, row.verdict.limit) == (
        "dropped",
        "false_cut",
        1.0,
        0.9,
    )


def test_a_doubtful_cut_between_unlike_pictures_stays(build_film, piece, similarity):
    film = build_film([piece(20, look=0, confidence=0.3), piece(20, look=200)])
    assert undone(film, similarity) == []


def test_a_confident_cut_is_never_undone_at_equality_too(build_film, piece, similarity):
    assert undone(build_film([piece(20, confidence=0.5), piece(20)]), similarity) == []
    assert undone(build_film([piece(20, confidence=0.4999), piece(20)]), similarity) == [(20, 20)]


def test_a_similarity_equal_to_the_limit_is_alike(build_film, piece):
    film = build_film([piece(20, confidence=0.1), piece(20)])
    assert undone(film, lambda one, other: 0.9) == [(20, 20)]
    assert undone(film, lambda one, other: 0.8999) == []


def test_a_dissolve_is_undone_only_if_its_kind_is_named(build_film, piece, similarity):
    film = build_film([piece(20, kind="dissolve", gap=5, confidence=0.1), piece(20)])
    assert undone(film, similarity) == []
    both = RejoinSettings(confidence=0.5, similarity=0.9, kinds=("cut", "dissolve"))
    assert undone(film, similarity, both) == [(20, 25)]


def test_a_cut_beside_damage_or_without_features_is_not_undone(build_film, piece, similarity):
    pieces = [piece(20, confidence=0.1), piece(20)]
    assert undone(build_film(pieces, corrupt=[(20, 22)]), similarity) == []
    film = build_film(pieces)
    bare = film.scan.model_copy(update={"fragments": ()})
    assert [row.similarity for row in undo_false_cuts(bare, film.accepted, similarity, REJOIN)] == [None]
    assert undone(film, lambda one, other: float("nan")) == []


def test_the_pictures_next_to_the_border_are_compared_and_no_others(build_film, piece, similarity):
    film = build_film([piece(20, confidence=0.1), piece(20), piece(20, look=255)])
    left, right, last = film.scan.fragments
    fragments = left.model_copy(update={"head": (255,), "tail": (7,)}), right.model_copy(update={"head": (7,)}), last
    scan = film.scan.model_copy(update={"fragments": fragments})
    assert [row.similarity for row in undo_false_cuts(scan, film.accepted[:1], similarity, REJOIN)] == [1.0]


@pytest.mark.parametrize(("alike", "reason"), [(0.5, ""), (0.4999, "too_unlike"), (0.9, ""), (0.9001, "too_alike")])
def test_both_ends_of_the_band_are_inside(build_film, piece, alike, reason):
    film = build_film([piece(20), piece(20)])
    (link,) = links_of(film, lambda one, other: alike, BandSettings(min=0.5, max=0.9))
    assert link.verdict.reason == reason
    assert link.similarity == alike


def test_a_link_names_all_frames_left_out(build_film, piece, similarity):
    film = build_film([piece(20, kind="fade", gap=6), piece(20)])
    (link,) = links_of(film, similarity, BandSettings(min=0.5, max=1))
    assert link.frames == (18, 28)
    assert link.transition.kind == "fade"


def test_damage_dropped_shots_and_missing_features_break_a_scene(build_film, piece, similarity):
    band = BandSettings(min=0, max=1)
    dissolve = [piece(20, kind="dissolve", gap=6), piece(20)]
    assert [link.verdict.reason for link in links_of(build_film(dissolve, corrupt=[(22, 23)]), similarity, band)] == [
        "corrupt"
    ]
    assert [link.verdict.reason for link in links_of(build_film(dissolve, edges=[(0, 23)]), similarity, band)] == []
    short = build_film([piece(20), piece(3), piece(20)])
    assert [link.verdict.reason for link in links_of(short, similarity, band)] == ["shot_dropped"] * 2
    assert [link.verdict.reason for link in links_of(short, lambda one, other: float("nan"), band)] == [
        "shot_dropped"
    ] * 2
    blind = build_film([piece(20), piece(20)])
    assert [link.verdict.reason for link in links_of(blind, lambda one, other: float("nan"), band)] == ["no_features"]


def test_a_pictureless_stretch_between_two_shots_breaks_a_scene(build_film, piece, similarity):
    film = build_film([piece(60)], edges=[(25, 35)])
    assert [link.verdict.reason for link in links_of(film, similarity, BandSettings(min=0, max=1))] == ["edge"]


def test_a_band_must_be_ordered():
    with pytest.raises(ValidationError, match="must not be greater"):
        BandSettings(min=0.9, max=0.5)


@settings(deadline=None)
@given(data=st.data())
def test_undoing_does_not_depend_on_the_order_and_never_touches_the_confident(films, similarity, data):
    film = data.draw(films)
    shuffled = data.draw(st.permutations(film.accepted))
    rows = undo_false_cuts(film.scan, film.accepted, similarity, REJOIN)
    assert undo_false_cuts(film.scan, shuffled, similarity, REJOIN) == rows
    assert len(rows) == len(film.accepted)
    for row in rows:
        if row.verdict.outcome == "dropped":
            assert row.transition.confidence < 0.5
            assert row.transition.kind == "cut"
            assert row.similarity >= 0.9
