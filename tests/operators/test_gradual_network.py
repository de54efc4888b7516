from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from operators.cut_evidence import cut_evidence
from operators.gradual_features import FEATURES, gradual_features
from operators.gradual_network import SIGHT, GradualAnswers, gradual_answers
from operators.gradual_spans import gradual_spans, structural_change
from operators.transition_window import Window


def window_of(film: NDArray[np.float64]) -> Window:
    frames = np.clip(np.rint(film), 0, 255).astype(np.uint8)
    return Window.of_pictures(frames, 24.0)


def gradual_chance(film: NDArray[np.float64]) -> NDArray[np.float32]:
    window = window_of(film)
    return gradual_answers(window, cut_evidence(window)).gradual


def picture(seed: int) -> NDArray[np.float64]:
    dice = np.random.default_rng(seed)
    coarse = cv2.resize(dice.uniform(0, 255, (6, 10, 3)), (48, 27), interpolation=cv2.INTER_CUBIC)
    return np.clip(0.7 * coarse + 0.3 * dice.uniform(0, 255, (27, 48, 3)), 0, 255)


def still(seed: int, frames: int) -> NDArray[np.float64]:
    return picture(seed) + np.random.default_rng(seed).normal(0, 1.0, (frames, 27, 48, 3))


def dissolve(before: int, mixed: int, after: int) -> NDArray[np.float64]:
    share = ((np.arange(mixed) + 1) / (mixed + 1))[:, None, None, None]
    one, other = still(1, before + mixed), still(2, mixed + after)
    return np.concatenate([one[:before], (1 - share) * one[before:] + share * other[:mixed], other[mixed:]])


@pytest.mark.parametrize("count", [1, 2, 3, 70])
def test_every_frame_has_finite_features_and_answers(count: int) -> None:
    window = window_of(still(3, count))
    evidence = cut_evidence(window)
    features, answers = gradual_features(window, evidence), gradual_answers(window, evidence)
    assert features.shape == (count, FEATURES)
    assert np.isfinite(features).all()
    for column in (answers.gradual, answers.cut):
        assert column.shape == (count,)
        assert ((column >= 0) & (column <= 1 + 1e-6)).all()


def test_frames_of_a_dissolve_are_marked_and_others_are_not() -> None:
    chance = gradual_chance(dissolve(60, 16, 60))
    assert chance[62:74].min() > 0.5
    assert chance[:56].max() < 0.5
    assert chance[80:].max() < 0.5


def test_an_answer_does_not_depend_on_what_lies_out_of_sight() -> None:
    film = np.concatenate([still(4, 100), dissolve(60, 16, 60)])
    whole = gradual_chance(film)
    part = gradual_chance(film[60:])
    np.testing.assert_allclose(part[SIGHT:], whole[60 + SIGHT :], atol=1e-4)


def test_runs_of_marked_frames_are_spans_and_small_gaps_are_bridged() -> None:
    wipe, nothing = np.zeros(40, np.float32), np.zeros(40, np.float32)
    wipe[10:14], wipe[16:20], wipe[30] = 0.9, 0.8, 0.45
    (span,) = gradual_spans(GradualAnswers(nothing, wipe, nothing, nothing))
    assert (span.kind, span.start, span.end) == ("wipe", 10, 20)
    assert span.peak == pytest.approx(0.9)
    assert span.median == pytest.approx(0.85)


def test_structure_changes_between_pictures_but_not_with_brightness_or_titles() -> None:
    one, other = picture(5), picture(6)
    titled = 0.8 * one + 20
    titled[12:15, 10:38] = 255
    window = window_of(np.stack([one, other, titled, np.full_like(one, 30), np.full_like(one, 200)]))
    assert structural_change(window, 0, 1) > 0.7
    assert structural_change(window, 0, 2) < 0.2
    assert structural_change(window, 3, 4) < 0.1
