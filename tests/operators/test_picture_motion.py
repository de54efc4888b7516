from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from operators.picture_motion import MotionMeter, PictureMotion, evened_grey, measuring_size

Mover = Callable[[Sequence[tuple[float, float, float, float]]], list[NDArray[np.uint8]]]


def measured(pictures: list[NDArray[np.uint8]]) -> list[PictureMotion | None]:
    meter = MotionMeter()
    height, width = pictures[0].shape[:2]
    size = measuring_size(width, height)
    return [meter.see(np.asarray(cv2.resize(p, size, interpolation=cv2.INTER_AREA))) for p in pictures]


def known(motions: list[PictureMotion | None]) -> list[PictureMotion]:
    return [m for m in motions if m is not None]


@pytest.mark.parametrize(
    "step",
    [
        (0.004, 0.0, 0.0, 0.0),
        (-0.02, 0.01, 0.0, 0.0),
        (0.0, 0.0, 0.01, 0.0),
        (0.0, 0.0, -0.004, 0.0),
        (0.0, 0.0, 0.0, 0.01),
        (0.01, -0.005, 0.005, -0.008),
    ],
)
def test_shift_zoom_and_roll_of_the_picture_are_found(moved: Mover, step: tuple[float, float, float, float]) -> None:
    motions = measured(moved([step] * 6))
    assert motions[0] is None
    assert len(known(motions)) == 6
    for m in known(motions):
        assert (m.right, m.down) == pytest.approx(step[:2], abs=0.0006)
        assert (m.zoom, m.clockwise) == pytest.approx(step[2:], abs=0.0015)


def test_a_moving_subject_before_a_still_camera_is_stillness(moved: Mover) -> None:
    pictures = moved([(0.0, 0.0, 0.0, 0.0)] * 10)
    subject = np.ascontiguousarray(pictures[0][40:170, 100:230][:, ::-1])
    for i, picture in enumerate(pictures):
        picture[50:180, 20 + 9 * i : 150 + 9 * i] = subject
    for m in known(measured(pictures)):
        assert abs(m.right) < 0.0005
        assert abs(m.down) < 0.0005


def test_a_picture_without_texture_says_nothing() -> None:
    grey = [np.full((108, 192, 3), 90, np.uint8)] * 4
    assert known(measured(grey)) == []


def test_noise_without_a_picture_says_nothing() -> None:
    random = np.random.default_rng(3)
    noise = [random.integers(0, 256, (108, 192, 3)).astype(np.uint8) for _ in range(8)]
    assert known(measured(noise)) == []


def test_motion_is_found_in_the_dark(moved: Mover) -> None:
    dark = [np.rint(p * 0.08).astype(np.uint8) for p in moved([(0.01, 0.0, 0.0, 0.0)] * 6)]
    motions = known(measured(dark))
    assert len(motions) == 6
    assert np.mean([m.right for m in motions]) == pytest.approx(0.01, abs=0.001)


def test_nothing_is_measured_over_a_cut(moved: Mover) -> None:
    meter = MotionMeter()
    first, second = moved([(0.01, 0.0, 0.0, 0.0)])
    meter.see(first)
    meter.cut()
    assert meter.see(second) is None


def test_the_same_pictures_give_the_same_numbers(moved: Mover) -> None:
    pictures = moved([(0.01, 0.002, 0.003, 0.001)] * 5)
    assert measured(pictures) == measured(pictures)


def test_flicker_of_the_light_is_evened_out(moved: Mover) -> None:
    picture = moved([])[0]
    darker = np.rint(picture * 0.6).astype(np.uint8)
    apart = np.abs(evened_grey(picture).astype(int) - evened_grey(darker).astype(int))
    assert apart.mean() < 1.0


def test_pictures_are_measured_small_but_never_enlarged() -> None:
    assert measuring_size(1920, 1080) == (192, 108)
    assert measuring_size(1080, 1920) == (108, 192)
    assert measuring_size(64, 36) == (64, 36)
