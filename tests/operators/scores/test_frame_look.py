from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from operators.film_measuring import measure_film
from operators.sample_films.plans import CameraPlan, FilmPlan, JoinPlan, ShotPlan
from operators.sample_films.render import render_film
from operators.scan import ScanSettings
from operators.scores.frame_look import MOST_HELD, FrameLooks, jumps


def test_one_look_a_second_and_one_pair_each(moved, decoded, tick):
    looks = FrameLooks(384, 216, tick)
    for index, picture in enumerate(moved([(0.01, 0.0, 0.0, 0.0)] * 52)):
        looks.see(decoded(picture, index))
    spans = [(look.index, look.until) for look in looks.finish_fragment(0, 53)]
    assert spans == [(0, 1), (0, 3), (25, 26), (25, 28), (50, 51), (50, 53)]


def test_a_pair_over_a_border_belongs_to_no_fragment(moved, decoded, tick):
    looks = FrameLooks(384, 216, tick)
    for index, picture in enumerate(moved([(0.01, 0.0, 0.0, 0.0)] * 10)):
        looks.see(decoded(picture, index))
    assert [look.until for look in looks.finish_fragment(0, 2)] == [1]
    assert looks.finish_fragment(2, 11) == ()


def test_a_jump_is_looked_at_at_once_but_a_strobe_is_not_at_every_flash(photograph, decoded, tick):
    looks = FrameLooks(640, 360, tick)
    for index in range(20):
        looks.see(decoded(photograph(), index), jumped=index in (8, 9, 10, 14))
    assert [look.index for look in looks.finish_fragment(0, 20) if look.box is not None] == [0, 8, 14]


def test_two_shots_jump_and_one_shot_does_not(moved):
    pictures = moved([(0.01, 0.0, 0.0, 0.0)])
    one, after = (np.asarray(cv2.resize(picture, (48, 27), interpolation=cv2.INTER_AREA)) for picture in pictures)
    assert not jumps(one, after)
    assert jumps(one, 255 - one)


def test_damaged_frames_are_not_looked_at(photograph, decoded, tick):
    looks = FrameLooks(640, 360, tick)
    frame = decoded(photograph())
    looks.see(replace(frame, corrupt=True))
    looks.see(replace(frame, index=1, pts=1))
    assert [look.index for look in looks.finish_fragment(0, 2)] == [1]


def test_memory_does_not_grow_with_a_fragment_without_end(decoded, tick):
    looks = FrameLooks(32, 32, tick)
    frame = decoded(np.full((32, 32, 3), 60, np.uint8))
    for second in range(3 * MOST_HELD):
        looks.see(replace(frame, index=25 * second, pts=25 * second))
    held = looks.finish_fragment(0, 25 * 3 * MOST_HELD)
    assert MOST_HELD // 2 <= len(held) <= MOST_HELD
    assert held[0].index == 0


def test_tiny_and_odd_films_are_scored_as_far_as_they_can(decoded, tick):
    for width, height in ((10, 6), (2, 2), (33, 17), (4000, 16)):
        looks = FrameLooks(width, height, tick)
        looks.see(decoded(np.full((height, width, 3), 120, np.uint8)))
        (look,) = looks.finish_fragment(0, 1)
        assert abs(look.scores["brightness"] - 120) <= 1


def test_the_bars_of_a_rendered_film_are_found_in_every_fragment_after_encoding(tmp_path):
    shots = tuple(
        ShotPlan(photograph=name, frames=40, seed=3, camera=CameraPlan("pan", dx=1.0)) for name in ("coffee", "cat")
    )
    plan = FilmPlan(
        name="bars", half="tune", family="plain", seed=3, width=320, height=240, rate="25/1", shots=shots,
        joins=(JoinPlan(),), letterbox=0.125,
    )  # fmt: skip
    path = tmp_path / "bars.mp4"
    render_film(plan, path)
    scan = measure_film(path, "", ScanSettings(network="none")).scan
    assert [fragment.picture for fragment in scan.fragments] == [(0, 30, 320, 210)] * 2
    for fragment in scan.fragments:
        assert fragment.scores["letterbox"] == 0.25
        assert fragment.scores["pillarbox"] == 0
