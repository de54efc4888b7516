import pytest

from operators.defade import DefadeSettings
from operators.select import SelectSettings, select_film
from operators.shot_returns import link_returns
from operators.shots import ShotSettings, gaps_for_shots, shots_of_film
from operators.stitch import link_shots
from operators.stitch_settings import BandSettings, ReturnSettings

BAND = BandSettings(min=0.5, max=0.95)
RETURNS = ReturnSettings(min=0.8, least=0.3)
A, B, C = 1, 2, 3


def rows(film, alike, settings=RETURNS):
    shots = shots_of_film(film.scan, film.accepted, DefadeSettings(margin=2), ShotSettings(min_frames=5))
    gaps = gaps_for_shots(film.scan, film.accepted, ShotSettings(min_frames=5))
    links = link_shots(film.scan, shots, gaps, alike, BAND)
    return link_returns(film.scan, shots, links, alike, settings)


def reasons(film, alike, settings=RETURNS):
    return [row.verdict.reason for row in rows(film, alike, settings)]


def likeness(pairs):
    """``pairs``: looks and how alike they are; the same look is 1."""
    return lambda one, other: 1.0 if one == other else pairs.get(tuple(sorted((one[0], other[0]))), 0.0)


def test_shot_and_reverse_shot_are_one_scene(build_film, piece):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=A)])
    linked = rows(film, likeness({(A, B): 0.35}))
    assert [row.verdict.outcome for row in linked] == ["kept", "kept"]
    assert [(row.similarity, row.returned) for row in linked] == [(0.35, 1.0), (0.35, 1.0)]


def test_title_cards_that_share_nothing_with_what_lies_between_stay_apart(build_film, piece):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=A)])
    assert reasons(film, likeness({(A, B): 0.2999})) == ["too_unlike", "too_unlike"]
    assert reasons(film, likeness({(A, B): 0.3})) == ["", ""]


def test_another_picture_is_no_return(build_film, piece):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=C)])
    assert reasons(film, likeness({(A, B): 0.4, (B, C): 0.4, (A, C): 0.7999})) == ["too_unlike", "too_unlike"]
    assert reasons(film, likeness({(A, B): 0.4, (B, C): 0.4, (A, C): 0.8})) == ["", ""]


def test_a_long_talk_is_one_scene(build_film, piece):
    film = build_film([piece(20, look=look) for look in (A, B, A, B, A)])
    assert reasons(film, likeness({(A, B): 0.4})) == [""] * 4


def test_a_link_that_stands_already_keeps_its_verdict_and_the_other_border_follows(build_film, piece):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=C)])
    linked = rows(film, likeness({(A, B): 0.6, (B, C): 0.4, (A, C): 0.9}))
    assert [row.verdict.outcome for row in linked] == ["kept", "kept"]


@pytest.mark.parametrize("alike", [0.96, 1.0])
def test_a_border_refused_for_another_reason_stays_refused(build_film, piece, alike):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=C)])
    pairs = {(A, B): alike, (B, C): 0.4, (A, C): 0.9}
    assert reasons(film, likeness(pairs)) == ["too_alike", "too_unlike"]


def test_damage_and_dropped_shots_still_break_a_scene(build_film, piece):
    alike = likeness({(A, B): 0.4})
    short = build_film([piece(20, look=A), piece(3, look=B), piece(20, look=A)])
    assert reasons(short, alike) == ["shot_dropped"] * 2
    pieces = [piece(20, look=A, kind="dissolve", gap=6), piece(20, look=B), piece(20, look=A)]
    assert reasons(build_film(pieces, corrupt=[(22, 23)]), alike) == ["corrupt", "too_unlike"]


def test_pictures_that_cannot_be_compared_are_no_return(build_film, piece):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=A)])
    assert reasons(film, lambda one, other: float("nan") if one == other else 0.4) == ["too_unlike"] * 2


def test_it_can_be_switched_off(build_film, piece):
    film = build_film([piece(20, look=A), piece(20, look=B), piece(20, look=A)])
    off = ReturnSettings(link=False, min=0.8, least=0.3)
    assert reasons(film, likeness({(A, B): 0.4}), off) == ["too_unlike"] * 2


def test_a_returning_shot_makes_one_clip_of_three(build_film, piece):
    film = build_film([piece(40, look=A), piece(40, look=B), piece(40, look=A)])
    given = {
        "shots": {"min_frames": 5},
        "stitch": {"band": {"min": 0.5, "max": 0.95}, "returns": {"min": 0.8, "least": 0.3}},
        "filter": {"duration": {"min": 8, "max": 15}, "shots": {"min": 2, "max": 4}},
    }
    found = select_film(
        film.scan, film.accepted, film.pts, likeness({(A, B): 0.4}), SelectSettings.model_validate(given)
    )
    (clip,) = found.candidates
    assert [shot.source_frames for shot in clip.plan.shots] == [(0, 40), (40, 80), (80, 120)]
    assert clip.similarities == (0.4, 0.4)
