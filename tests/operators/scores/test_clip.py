from __future__ import annotations

import pytest

from formats.film_scan import Fragment
from operators.scores.clip import clip_scores


def fragment(**scores):
    return Fragment(frames=(0, 10), head=(), tail=(), scores=scores, thumbnail=0)


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
