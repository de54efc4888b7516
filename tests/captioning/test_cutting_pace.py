from __future__ import annotations

from fractions import Fraction

import pytest

from captioning.cutting_pace import pace_word

FPS = Fraction(24)


@pytest.mark.parametrize(
    ("shots", "word"),
    [
        ([(0, 240)], ""),
        ([(0, 20)], ""),
        ([(0, 40), (40, 95)], "Fast"),
        ([(0, 40), (40, 96)], ""),
        ([(0, 100), (100, 240)], ""),
        ([(0, 100), (100, 288)], "Slow"),
        ([(0, 10), (10, 20), (20, 600)], "Slow"),
    ],
)
def test_pace_is_the_mean_length_of_shots(shots: list[tuple[int, int]], word: str) -> None:
    assert pace_word(shots, FPS) == word
