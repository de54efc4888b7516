"""What is asked for falls on latents, and what was moved is told."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.latent_mapping import first_frame_of, latent_of
from training.sampling.request import RequestError, VideoRequest, snap
from training.words import ClipWords, SpokenEvent

FPS = Fraction(16)
NOTHING = ClipWords(None, (), (), ())

seconds = st.fractions(Fraction(1, 4), 10, max_denominator=100)
shares = st.lists(st.fractions(0, 1, max_denominator=97), max_size=6)


@given(seconds, shares)
def test_shots_begin_where_a_latent_begins_nearest_to_what_was_asked(duration: Fraction, cuts: list[Fraction]) -> None:
    asked = tuple(sorted({share * duration for share in cuts if 0 < share < 1}))
    video = snap(VideoRequest(duration, asked, NOTHING), FPS, 200)
    assert video.frames % 4 == 1
    assert video.frames == 5 or abs(video.frames - duration * FPS) <= 2
    kept = [cut.frame for cut in video.cuts if cut.frame is not None]
    assert [0, *(latent_of(frame) for frame in kept)] == list(video.starts)
    assert list(video.starts) == sorted(set(video.starts))
    assert video.starts[-1] < video.latents
    for cut in video.cuts:
        if cut.frame is not None:
            assert cut.frame == first_frame_of(latent_of(cut.frame))
            assert abs(cut.frame - cut.asked * FPS) <= 2
            assert f"before frame {cut.frame}" in cut.said(FPS)
        else:
            assert "left out" in cut.said(FPS)


def test_cuts_on_one_latent_are_one_and_their_captions_are_joined() -> None:
    words = ClipWords(None, ("one", "two", "three"), (), ())
    video = snap(VideoRequest(Fraction(5), (Fraction("2.56"), Fraction("2.6")), words), FPS, 81)
    assert video.starts == (0, 11)
    assert [cut.frame for cut in video.cuts] == [41, None]
    assert video.words.captions == ("one", "two three")


def test_a_cut_at_the_end_is_left_out_and_the_shortest_first_shot_is_a_frame() -> None:
    video = snap(VideoRequest(Fraction(2), (Fraction("0.01"), Fraction("2")), NOTHING), FPS, 81)
    assert video.starts == (0, 1)
    assert [cut.frame for cut in video.cuts] == [1, None]


def test_events_end_with_the_video() -> None:
    events = (
        SpokenEvent("a", Fraction(0), Fraction(2), "x"),
        SpokenEvent("a", Fraction(2), Fraction(3), "y"),
    )
    video = snap(VideoRequest(Fraction(2), (), ClipWords(None, (), (), events)), FPS, 81)
    assert video.frames == 33
    assert [(event.start, event.end) for event in video.words.events] == [(0, 2), (2, Fraction(33, 16))]


def borders(cut: str, *events: tuple[str, str]) -> list[tuple[Fraction, Fraction]]:
    spoken = tuple(SpokenEvent("a", Fraction(start), Fraction(end), "x") for start, end in events)
    video = snap(VideoRequest(Fraction(5), (Fraction(cut),), ClipWords(None, (), (), spoken)), FPS, 81)
    return [(event.start, event.end) for event in video.words.events]


def test_events_that_meet_at_a_cut_still_meet_where_it_is_taken() -> None:
    taken = Fraction(41, 16)
    assert borders("2.6", ("0", "2.6"), ("2.6", "5"), ("1", "4")) == [(0, taken), (taken, 5), (1, 4)]
    assert borders("2.6", ("0", "2.58"), ("2.62", "5")) == [(0, taken), (taken, 5)], "the cut is on another grid"
    assert borders("2.6", ("0", "2.5"), ("2.7", "5")) == [(0, Fraction("2.5")), (Fraction("2.7"), 5)]


def test_the_event_of_a_hard_cut_moves_with_it_and_stays_as_short() -> None:
    ((start, end),) = borders("2.5", ("2.5", "2.50001"))
    assert start == Fraction(41, 16)
    assert end - start == Fraction("0.00001")


def test_events_stay_where_their_cut_was_left_out() -> None:
    assert borders("4.99", ("0", "4.99")) == [(0, Fraction("4.99"))]


def test_what_is_too_long_or_has_the_wrong_number_of_captions_is_refused() -> None:
    with pytest.raises(RequestError, match="more than 81"):
        snap(VideoRequest(Fraction(10), (), NOTHING), FPS, 81)
    with pytest.raises(RequestError, match="2 captions for 1 shots"):
        snap(VideoRequest(Fraction(1), (), ClipWords(None, ("a", "b"), (), ())), FPS, 81)
