from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.camera import Score, measured_moves
from benchmarks.camera_cost import make_clip, rounds_of
from benchmarks.camera_shots.plans import (
    FAMILIES,
    PLANS_SHA256,
    SEEDS,
    Move,
    ShotPlan,
    camera_plans,
    plans_sha256,
    shot_plan,
)
from benchmarks.camera_shots.render import HEIGHT, WIDTH, shot_pictures, true_kinds
from benchmarks.development_palette import PLATES, VIEWS
from captioning.camera_moves import CameraMove
from operators.sample_films.palettes import PALETTES

STATIC = frozenset(["static"])
PAN = frozenset(["pan_left"])


def with_moves(*moves: Move, family: str = "plain") -> ShotPlan:
    return dataclasses.replace(shot_plan("tune", "plain", 0), fps=24, moves=moves, family=family)  # type: ignore[arg-type]


def test_the_shots_are_the_pinned_ones() -> None:
    assert plans_sha256() == PLANS_SHA256


def test_what_is_tuned_on_shares_no_photograph_with_the_test_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PALETTES, "views", VIEWS)
    monkeypatch.setitem(PALETTES, "plates", PLATES)
    shown = {
        half: {
            name for plan in camera_plans(half) for name in (plan.photograph, *(s.photograph for s in plan.subjects))
        }
        for half in SEEDS
    }
    test = shown.pop("test")
    assert len(shown) == 3
    assert all(test.isdisjoint(other) for other in shown.values())
    assert len(set(SEEDS.values())) == 4


@pytest.mark.parametrize("family", FAMILIES)
def test_a_shot_has_a_truth_for_each_of_its_pictures_and_is_the_same_every_time(family: str) -> None:
    plan = shot_plan("tune", family, 1)  # type: ignore[arg-type]
    plan = dataclasses.replace(plan, moves=(dataclasses.replace(plan.moves[0], frames=(0, 8), soft=0),))
    once, again = list(shot_pictures(plan)), list(shot_pictures(plan))
    assert len(once) == len(true_kinds(plan)) == 8
    assert once[0].shape == (HEIGHT, WIDTH)
    assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_what_eases_in_is_static_until_it_moves_visibly() -> None:
    slow = Move((("pan_left", 0.02),), (20, 60), 12, None)
    truth = true_kinds(with_moves(Move((), (0, 20), 0, None), slow))
    begins = truth.index(PAN)
    assert 22 < begins < 30
    assert truth[:begins] == [STATIC] * begins


def test_stillness_too_short_to_be_told_belongs_to_the_moves_beside_it() -> None:
    one = Move((("pan_left", 0.04),), (0, 30), 6, None)
    other = Move((("pan_left", 0.04),), (30, 60), 6, None)
    assert set(true_kinds(with_moves(one, other))) == {PAN}


def test_frames_and_borders_are_counted() -> None:
    score = Score()
    score.add(
        [STATIC] * 10 + [PAN] * 10, [CameraMove((0, 12), ("static",), 0), CameraMove((12, 20), ("pan_left",), 0.1)]
    )
    assert (score.frames, score.right, score.borders, score.found_borders) == (20, 18, [2], 1)
    assert (score.still_frames, score.still_called_moving) == (10, 0)
    score.add([STATIC] * 5, [CameraMove((0, 5), ("pan_left",), 0.1)])
    assert score.still_called_moving == 5


def test_a_plain_shot_is_measured() -> None:
    move = Move((("pan_left", 0.2),), (0, 30), 0, None)
    plan = with_moves(move)
    (found,) = measured_moves(shot_pictures(plan), Fraction(24))
    assert found.kinds == ("pan_left",)


def test_a_clip_is_made_and_timed_in_every_way(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(12):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((36, 64), 90, np.uint8), format="gray")))
        container.mux(stream.encode(None))
    clip = make_clip(film, tmp_path, (48, 28), 8)
    assert (clip.frames, clip.width, clip.height, clip.fps) == (8, 48, 28, "24/1")
    (seconds,) = rounds_of(clip, 1)
    assert set(seconds) == {"bare", "camera", "described"}
