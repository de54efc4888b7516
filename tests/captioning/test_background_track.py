from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.background_corners import find_corners, picture_noise
from captioning.background_track import BackgroundMotion, BackgroundTracker
from operators.picture_motion import evened_luma, measuring_size

Step = tuple[float, float, float, float]
Mover = Callable[[Sequence[Step]], list[NDArray[np.uint8]]]
STILL = (0.0, 0.0, 0.0, 0.0)


def small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = measuring_size(picture.shape[1], picture.shape[0])
    return np.asarray(cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA))


def followed(pictures: Sequence[NDArray[np.uint8]]) -> list[BackgroundMotion]:
    tracker = BackgroundTracker()
    motions = [tracker.see(small(picture)) for picture in pictures]
    assert motions[0] is None
    return [motion for motion in motions if motion is not None]


@pytest.mark.parametrize(
    "step",
    [
        (0.004, 0.0, 0.0, 0.0),
        (-0.02, 0.01, 0.0, 0.0),
        (0.0, 0.0, 0.01, 0.0),
        (0.0, 0.0, 0.0, 0.01),
        (0.01, -0.005, 0.005, -0.008),
    ],
)
def test_each_step_is_told_though_corners_are_kept_over_many(moved: Mover, step: Step) -> None:
    motions = followed(moved([step] * 12))
    assert len(motions) == 12
    for motion in motions:
        assert (motion.right, motion.down) == pytest.approx(step[:2], abs=0.0008)
        assert (motion.zoom, motion.clockwise) == pytest.approx(step[2:], abs=0.0015)


def test_errors_do_not_add_up_while_the_camera_creeps(moved: Mover) -> None:
    motions = followed(moved([(0.0004, 0.0, 0.0, 0.0)] * 20))
    assert sum(motion.right for motion in motions) == pytest.approx(0.008, abs=0.0004)
    assert abs(sum(motion.down for motion in motions)) < 0.0004


def test_a_subject_that_crosses_a_still_picture_moves_nothing(moved: Mover) -> None:
    pictures = moved([STILL] * 20)
    height, width = pictures[0].shape[:2]
    subject = np.ascontiguousarray(pictures[0][: round(0.8 * height), : round(0.42 * width)][:, ::-1])
    for i, picture in enumerate(pictures):
        left = round(width * 0.02 * i)
        shown = min(subject.shape[1], width - left)
        picture[20 : 20 + subject.shape[0], left : left + shown] = subject[:, :shown]
    for motion in followed(pictures):
        assert abs(motion.right) < 0.001
        assert abs(motion.down) < 0.001


def test_two_subjects_at_the_edges_do_not_make_a_roll(moved: Mover) -> None:
    pictures = moved([STILL] * 16)
    width = pictures[0].shape[1]
    side = width // 4
    strip = np.ascontiguousarray(pictures[0][::-1, width // 2 : width // 2 + side])
    for i, picture in enumerate(pictures):
        picture[:, :side] = np.roll(strip, 4 * i, axis=0)
        picture[:, -side:] = np.roll(strip, -4 * i, axis=0)
    for motion in followed(pictures):
        assert abs(motion.clockwise) < 0.002
        assert abs(motion.down) < 0.001


def test_bars_do_not_hold_a_pan_back(moved: Mover) -> None:
    pictures = moved([(0.01, 0.0, 0.0, 0.0)] * 8)
    for picture in pictures:
        picture[:34] = picture[-34:] = 0
    assert np.mean([motion.right for motion in followed(pictures)]) == pytest.approx(0.01, abs=0.0005)


def test_grain_is_not_followed(moved: Mover) -> None:
    random = np.random.default_rng(5)
    grainy = [
        np.clip(picture + random.normal(0, 25, picture.shape), 0, 255).astype(np.uint8)
        for picture in moved([(0.005, 0.0, 0.0, 0.0)] * 10)
    ]
    motions = followed(grainy)
    assert np.mean([motion.right for motion in motions]) == pytest.approx(0.005, abs=0.0005)
    assert np.median([motion.error for motion in motions]) < 0.001


def test_flat_pictures_and_pure_noise_say_nothing() -> None:
    random = np.random.default_rng(3)
    noise = [random.integers(0, 256, (108, 192, 3)).astype(np.uint8) for _ in range(8)]
    assert followed([np.full((108, 192, 3), 90, np.uint8)] * 4) == []
    assert followed(noise) == []
    assert followed([np.zeros((2, 3, 3), np.uint8)] * 3) == []


def test_nothing_is_measured_over_a_cut_and_the_next_shot_starts_anew(moved: Mover) -> None:
    pictures = [small(picture) for picture in moved([(0.01, 0.0, 0.0, 0.0)] * 3)]
    tracker = BackgroundTracker()
    tracker.see(pictures[0])
    tracker.cut()
    assert tracker.see(pictures[1]) is None
    after = tracker.see(pictures[2])
    assert after is not None
    assert after.right == pytest.approx(0.01, abs=0.001)


def test_the_same_pictures_give_the_same_numbers(moved: Mover) -> None:
    pictures = moved([(0.01, 0.002, 0.003, 0.001)] * 6)
    assert followed(pictures) == followed(pictures)


def test_the_noise_of_a_picture_is_known_in_spite_of_its_texture(moved: Mover) -> None:
    luma = small(moved([])[0])
    random = np.random.default_rng(2)
    for sigma in (4.0, 10.0):
        noisy = np.clip(np.rint(0.5 * luma + 60 + random.normal(0, sigma, luma.shape)), 0, 255).astype(np.uint8)
        assert picture_noise(noisy) == pytest.approx(sigma, rel=0.35)


def test_corners_keep_away_from_bars(moved: Mover) -> None:
    luma = small(moved([])[0])
    luma[:20] = 0
    grey = evened_luma(luma)
    assert find_corners(grey, luma, picture_noise(grey)).at[:, 1].min() >= 27
