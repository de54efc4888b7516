from __future__ import annotations

import numpy as np
import pytest

from operators.scores.camera_class import CAMERA_CLASSES
from operators.scores.frame_look import FrameLooks


def looked_at(pictures, decoded, tick):
    height, width = pictures[0].shape[:2]
    looks = FrameLooks(width, height, tick)
    for index, picture in enumerate(pictures):
        looks.see(decoded(picture, index))
    scores = [look.scores for look in looks.finish_fragment(0, len(pictures)) if "camera_motion" in look.scores]
    assert scores
    return {name: np.mean([each[name] for each in scores]) for name in ("camera_motion", "object_motion")}


@pytest.mark.parametrize("speed", [0.0, 0.05, 0.2, 0.5])
def test_a_pan_of_known_speed_is_the_cameras_alone(moved, decoded, tick, speed):
    found = looked_at(moved([(-speed / 25, 0.0, 0.0, 0.0)] * 55), decoded, tick)
    assert found["camera_motion"] == pytest.approx(speed, rel=0.05, abs=0.005)
    assert found["object_motion"] < 0.01


def test_a_zoom_moves_the_rim_at_half_its_rate(moved, decoded, tick):
    found = looked_at(moved([(0.0, 0.0, 0.2 / 25, 0.0)] * 30), decoded, tick)
    assert found["camera_motion"] == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("speed", [0.2, 0.5])
@pytest.mark.parametrize("camera", [0.0, 0.1])
def test_a_thing_of_known_size_and_speed_is_the_objects_whatever_the_camera_does(moved, decoded, tick, speed, camera):
    pictures = moved([(-camera / 25, 0.0, 0.0, 0.0)] * 30)
    height, width = pictures[0].shape[:2]
    side = 100
    thing = np.ascontiguousarray(pictures[0][60 : 60 + side, 100 : 100 + side][::-1, ::-1])
    for index, picture in enumerate(pictures):
        left = 20 + round((speed - camera) * width * index / 25)
        picture[50 : 50 + side, left : left + side] = thing
    found = looked_at(pictures, decoded, tick)
    assert found["camera_motion"] == pytest.approx(camera, abs=0.02)
    own = speed * side * side / (width * height)
    assert own < found["object_motion"] < 2 * own


def test_flat_pictures_have_no_motion_score(decoded, tick):
    looks = FrameLooks(320, 180, tick)
    for index in range(30):
        looks.see(decoded(np.full((180, 320, 3), 90, np.uint8), index))
    assert all("camera_motion" not in look.scores for look in looks.finish_fragment(0, 30))


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ((0.0, 0.0, 0.0, 0.0), "still"),
        ((0.0002, 0.0, 0.0, 0.0), "still"),
        ((-0.004, 0.0, 0.0, 0.0), "pan"),
        ((0.004, 0.001, 0.0, 0.0), "pan"),
        ((0.0, 0.004, 0.0, 0.0), "tilt"),
        ((0.001, 0.0, -0.008, 0.0), "zoom"),
        ((0.0, 0.0, 0.0, 0.008), "roll"),
    ],
)
def test_the_camera_is_of_the_class_that_it_moves_most_in(moved, decoded, tick, step, name):
    pictures = moved([step] * 40)
    height, width = pictures[0].shape[:2]
    looks = FrameLooks(width, height, tick)
    for index, picture in enumerate(pictures):
        looks.see(decoded(picture, index))
    found = [look.scores for look in looks.finish_fragment(0, len(pictures)) if "camera_motion" in look.scores]
    assert found
    for scores in found:
        assert [score.name for score in CAMERA_CLASSES if scores[score.name] == 1.0] == [f"camera_{name}"]
