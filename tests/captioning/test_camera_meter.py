from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.camera_meter import CameraMeter, frames_per_look

Mover = Callable[[Sequence[tuple[float, float, float, float]]], list[NDArray[np.uint8]]]


def test_films_of_any_rate_are_looked_at_about_as_often() -> None:
    rates = (Fraction(10), Fraction(24000, 1001), Fraction(24), Fraction(30), Fraction(60), Fraction(120))
    assert [frames_per_look(rate) for rate in rates] == [1, 1, 2, 2, 5, 10]


def test_only_the_looks_are_converted() -> None:
    asked = []

    def look(number: int) -> NDArray[np.uint8]:
        asked.append(number)
        return np.zeros((108, 192), np.uint8)

    meter = CameraMeter(Fraction(60))
    for number in range(21):
        meter.see(lambda number=number: look(number))  # type: ignore[misc]
    assert asked == [0, 5, 10, 15, 20]
    (move,) = meter.finish_shot((100, 121)).moves
    assert (move.frames, move.kinds, move.confidence) == ((100, 121), ("unknown",), 0.0)


def test_each_shot_is_measured_by_itself_and_its_last_frames_belong_to_it(moved: Mover) -> None:
    pan = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in moved([(0.1 / 24, 0.0, 0.0, 0.0)] * 40)]
    meter = CameraMeter(Fraction(24))
    for picture in pan:
        meter.see(lambda picture=picture: picture)  # type: ignore[misc]
    first = meter.finish_shot((0, 41))
    for picture in [pan[7]] * 30:
        meter.see(lambda picture=picture: picture)  # type: ignore[misc]
    second = meter.finish_shot((41, 71))
    assert [(m.kinds, m.frames) for m in (*first.moves, *second.moves)] == [
        (("pan_left",), (0, 41)),
        (("static",), (41, 71)),
    ]
    assert first.speed == pytest.approx(0.1, abs=0.01)
    assert first.moves[0].confidence > 0.8
    assert second.moves[0].confidence > 0.8
