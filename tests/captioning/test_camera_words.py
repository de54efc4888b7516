from __future__ import annotations

from typing import get_args

import pytest

from captioning.camera_moves import CameraMove, MoveKind
from captioning.camera_words import camera_prompt, camera_tags


@pytest.mark.parametrize(
    ("kinds", "speed", "prompt"),
    [
        (("pan_left",), 0.03, "{camera} pans left slowly"),
        (("pan_left",), 0.15, "{camera} pans left"),
        (("tilt_down",), 0.5, "{camera} tilts down quickly"),
        (("zoom_in", "pan_right"), 0.03, "{camera} zooms or dollies in and pans right slowly"),
        (("static",), 0.001, "{camera} is static"),
        (("handheld",), 0.02, "{camera} is handheld"),
    ],
)
def test_a_move_is_told_in_one_sentence(kinds: tuple[MoveKind, ...], speed: float, prompt: str) -> None:
    assert camera_prompt(CameraMove((0, 10), kinds, speed)) == prompt


@pytest.mark.parametrize("kind", get_args(MoveKind))
def test_every_kind_has_words_that_begin_with_the_camera(kind: MoveKind) -> None:
    assert camera_prompt(CameraMove((0, 10), (kind,), 0.1)).startswith("{camera} ")


def test_static_is_a_tag_only_of_a_shot_that_never_moves() -> None:
    still = CameraMove((0, 10), ("static",), 0.0)
    pan = CameraMove((10, 20), ("pan_left", "roll_clockwise"), 0.1)
    node = "Camera -> Trajectory -> Camera Movement -> "
    assert list(camera_tags((still,))) == [(node + "Static", "present")]
    assert list(camera_tags((still, pan, still))) == [(node + "2D", "Pan left"), (node + "3D", "Camera Roll")]


def test_what_could_not_be_measured_has_no_tag() -> None:
    assert list(camera_tags((CameraMove((0, 10), ("unknown",), 0.0),))) == []
