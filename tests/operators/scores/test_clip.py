from __future__ import annotations

import pytest

from formats.film_scan import AudioStream, FilmProbe, FilmScan, FilmTiming, Fragment
from operators.scores.clip import clip_picture, clip_scores


def fragment(picture=None, **scores):
    return Fragment(frames=(0, 10), head=(), tail=(), scores=scores, picture=picture, thumbnail=0)


def film_with(*fragments):
    probe = FilmProbe(
        container="mp4", codec="h264", stream=0, time_base="1/25", width=100, height=80, coded_width=100, coded_height=80,
        rotation=0, sample_aspect_ratio="1/1", audio=AudioStream(),
    )  # fmt: skip
    timing = FilmTiming(frames=10, fps="25/1", vfr=False, first_pts=0, end_pts=10)
    return FilmScan(
        sha256="0" * 64, probe=probe, timing=timing, transitions=(), edges=(), fragments=fragments, corrupt=(),
        decode_errors=0, thumbnail_size=(2, 2), embedder="layout",
    )  # fmt: skip


def test_each_score_of_a_clip_follows_its_own_rule():
    shown = [
        (fragment(brightness=100.0, black_longest=0.2, letterbox=0.25), 30),
        (fragment(brightness=50.0, black_longest=1.5, letterbox=0.1), 10),
    ]
    assert clip_scores(shown) == {"black_longest": 1.5, "brightness": pytest.approx(87.5), "letterbox": 0.1}


def test_what_was_measured_in_a_part_speaks_for_the_clip_and_what_was_not_is_absent():
    assert clip_scores([(fragment(noise=3.0), 1), (fragment(), 99)]) == {"noise": 3.0}
    assert clip_scores([]) == {}


def test_a_score_without_a_rule_is_refused():
    with pytest.raises(KeyError):
        clip_scores([(fragment(beauty=1.0), 1)])


def test_the_box_of_a_clip_holds_the_picture_of_every_shot():
    one, other, elsewhere = fragment((0, 10, 100, 70)), fragment((4, 12, 100, 72)), fragment((0, 0, 100, 80))
    film = film_with(one, other, elsewhere)
    assert clip_picture(film, [(one, 5), (other, 5)]) == (0, 10, 100, 72)


def test_words_on_black_widen_the_box_of_a_clip_and_alone_have_none():
    words, shot = fragment((40, 30, 60, 36)), fragment((0, 10, 100, 70))
    low = fragment((40, 68, 60, 74))
    film = film_with(words, shot, low)
    assert clip_picture(film, [(words, 5), (shot, 5)]) == (0, 10, 100, 70)
    assert clip_picture(film, [(low, 5), (shot, 5)]) == (0, 10, 100, 74)
    assert clip_picture(film, [(words, 5)]) == (0, 0, 100, 80)


def test_a_shot_that_was_never_looked_at_may_show_what_any_of_the_films_shows():
    one, unseen, elsewhere = fragment((4, 12, 96, 70)), fragment(), fragment((0, 10, 100, 70))
    assert clip_picture(film_with(one, unseen, elsewhere), [(one, 5), (unseen, 5)]) == (0, 10, 100, 70)
    assert clip_picture(film_with(one, unseen), [(unseen, 5)]) == (4, 12, 96, 70)
    assert clip_picture(film_with(unseen), [(unseen, 5)]) == (0, 0, 100, 80)
