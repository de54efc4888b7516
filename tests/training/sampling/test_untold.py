"""What a timeline says and the model is not told is said."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from training.sampling.request import VideoRequest
from training.sampling.untold import fitting_text, untold
from training.words import ClipWords, SpokenEntity, SpokenEvent

WOMAN = SpokenEntity("woman", "{woman}", "She is tall.")
WALK = SpokenEvent("woman", Fraction(0), Fraction(1), "{woman} walks.")
EVENTS = ClipWords("A woman walks.", (), (WOMAN,), (WALK,))
BOTH = replace(EVENTS, captions=("She walks.",))


def request(words: ClipWords) -> VideoRequest:
    return VideoRequest(Fraction(2), (), words)


def test_events_are_told_where_there_are_no_captions() -> None:
    assert fitting_text(EVENTS) == "events"
    assert fitting_text(replace(EVENTS, captions=("", " "))) == "events"
    assert fitting_text(BOTH) == "shots"
    assert fitting_text(replace(EVENTS, events=())) == "shots"


@pytest.mark.parametrize(
    ("words", "text", "time", "said"),
    [
        (EVENTS, "shots", "off", ["not told: 1 events and 1 descriptions; text 'events' or 'both' tells them"]),
        (BOTH, "events", "sampled", ["not told: 1 captions of shots; text 'both' tells them"]),
        (BOTH, "both", "sampled", []),
        (replace(BOTH, entities=(), events=()), "shots", "off", []),
        (
            BOTH,
            "both",
            "off",
            ["not told: the times of 1 events; times 'sampled' tells them to a model that was trained with it"],
        ),
    ],
)
def test_words_and_times_that_are_not_told(words, text, time, said) -> None:
    assert list(untold(request(words), text, time)) == said


def test_what_no_setting_tells() -> None:
    soft = replace(request(ClipWords("x", (), (), ())), soft=((Fraction(1), Fraction(2)),))
    assert list(untold(soft, "both", "sampled")) == [
        "1 transitions that take time: no mask keeps the shots on their two sides apart"
    ]
    pictured = replace(request(ClipWords("x", (), (), ())), references=("a.jpg",), left_out=("event of {x}: no",))
    assert list(untold(pictured, "both", "sampled")) == [
        "not used: 1 reference images; no model here looks at any yet",
        "not in the timeline: 1 things that cannot be read, the first: event of {x}: no",
    ]
