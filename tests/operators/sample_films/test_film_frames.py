from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from operators.sample_films.blends import PUSHES, WIPES
from operators.sample_films.film_frames import FilmFrames, film_frames
from operators.sample_films.plans import CameraPlan, FilmPlan, FlashPlan, JoinPlan, ShotPlan
from operators.sample_films.timeline import Segment


def _segment(frames: FilmFrames, kind: str, place: int = 0) -> Segment:
    return [segment for segment in frames.timeline.segments if segment.kind == kind][place]


def _inside(plan: FilmPlan, picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    bar = round(plan.letterbox * plan.height)
    return picture[bar : plan.height - bar].astype(np.float64)


def test_a_dissolve_mixes_its_clean_ends_with_shares_strictly_between_none_and_all(every_join: FilmPlan) -> None:
    frames = FilmFrames(every_join)
    segment = _segment(frames, "dissolve")
    shares = []
    for frame in range(segment.start, segment.end):
        before, after = (frames.alone(segment.shot + side, frame).astype(np.float64) for side in (0, 1))
        mix = frames.at(segment, frame).astype(np.float64)
        assert np.all(mix >= np.minimum(before, after) - 1)
        assert np.all(mix <= np.maximum(before, after) + 1)
        shares.append(float(((mix - before) * (after - before)).sum() / ((after - before) ** 2).sum()))
    assert shares == pytest.approx([1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8, 6 / 8, 7 / 8], abs=0.002)


@pytest.mark.parametrize("kind", ["dissolve", "fade", "wipe"])
def test_the_frames_next_to_a_transition_show_one_shot_alone(every_join: FilmPlan, kind: str) -> None:
    frames = FilmFrames(every_join)
    shots = [segment for segment in frames.timeline.segments if segment.kind == "shot"]
    segment = _segment(frames, kind)
    last, first = segment.start - 1, segment.end
    assert np.array_equal(frames.at(shots[segment.shot], last), frames.alone(segment.shot, last))
    assert np.array_equal(frames.at(shots[segment.shot + 1], first), frames.alone(segment.shot + 1, first))


def test_a_fade_goes_out_holds_one_colour_and_comes_back(every_join: FilmPlan) -> None:
    frames = FilmFrames(every_join)
    segment = _segment(frames, "fade")
    pictures = [_inside(every_join, frames.at(segment, frame)) for frame in range(segment.start, segment.end)]
    assert [bool((picture == 255).all()) for picture in pictures] == 4 * [False] + 3 * [True] + 5 * [False]
    light = [float(picture.mean()) for picture in pictures]
    assert light[:5] == sorted(light[:5])
    assert light[6:] == sorted(light[6:], reverse=True)


@pytest.mark.parametrize("shape", [*WIPES, *PUSHES])
def test_every_frame_of_a_wipe_shows_both_shots(every_join: FilmPlan, shape: str) -> None:
    shots = (ShotPlan("temple", 3, 1, gain=0.0), ShotPlan("cat", 3, 2, gain=0.0, flashes=(FlashPlan(-9, 20, 1.0),)))
    join = JoinPlan("wipe", 6, shape=shape, softness=0.02)
    plan = replace(every_join, shots=shots, joins=(join,), letterbox=0.0, grain=0.0)
    frames = FilmFrames(plan)
    segment = _segment(frames, "wipe")
    shares = []
    for frame in range(segment.start, segment.end):
        before, after = (frames.alone(segment.shot + side, frame) for side in (0, 1))
        picture = frames.at(segment, frame)
        assert not np.array_equal(picture, before)
        assert not np.array_equal(picture, after)
        shares.append(float(np.mean(picture.astype(np.float64)) / np.mean(after.astype(np.float64))))
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.4 < 0.6 < shares[-1] < 1


def test_head_and_tail_are_black_outside_and_fade_next_to_the_shot(every_join: FilmPlan) -> None:
    pictures = list(film_frames(every_join))
    assert all(not picture.any() for picture in (*pictures[:3], *pictures[-2:]))
    light = [float(picture.mean()) for picture in pictures]
    assert light[2:9] == sorted(light[2:9])
    assert light[-9:-2] == sorted(light[-9:-2], reverse=True)


def test_no_two_neighbouring_frames_of_a_static_shot_are_equal(every_join: FilmPlan) -> None:
    plan = replace(every_join, shots=(ShotPlan("cat", 40, 9, camera=CameraPlan("static")),), joins=(), grain=0.0)
    frames = FilmFrames(plan)
    shot = _segment(frames, "shot")
    pictures = [frames.at(shot, frame) for frame in range(shot.start, shot.end)]
    assert all(not np.array_equal(one, next_one) for one, next_one in itertools.pairwise(pictures))


@pytest.mark.parametrize(
    ("camera", "shift"),
    [(CameraPlan("pan", dx=2.0), (2.0, 0.0)), (CameraPlan("tilt", dy=-1.5), (0.0, -1.5))],
)
def test_the_view_moves_over_the_photograph_as_fast_as_the_plan_says(
    every_join: FilmPlan, camera: CameraPlan, shift: tuple[float, float]
) -> None:
    plan = replace(every_join, shots=(ShotPlan("temple", 30, 1, camera=camera),), joins=(), grain=0.0, letterbox=0.0)
    frames = FilmFrames(plan)
    start = _segment(frames, "shot").start
    first, later = (frames.alone(0, start + step).mean(axis=2) for step in (0, 10))
    window = 30
    middle = later[window:-window, window:-window]
    height, width = middle.shape
    errors = {
        (x, y): float(np.abs(first[window + y :, window + x :][:height, :width] - middle).mean())
        for x in range(-25, 26)
        for y in range(-25, 26)
    }
    found = min(errors, key=errors.__getitem__)
    assert found == (round(10 * shift[0]), round(10 * shift[1]))


def test_the_same_plan_gives_the_same_frames_in_any_order(every_join: FilmPlan) -> None:
    forward = [picture.tobytes() for picture in film_frames(every_join)]
    frames = FilmFrames(every_join)
    backward = [
        frames.at(segment, frame).tobytes()
        for segment in reversed(frames.timeline.segments)
        for frame in reversed(range(segment.start, segment.end))
    ]
    assert forward == backward[::-1]
