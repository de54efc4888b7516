from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from operators.candidate_network import candidate_cuts, looked_at
from operators.cut_evidence import cut_evidence
from operators.cuts import picture_likelihood
from operators.gradual_network import gradual_answers
from operators.gradual_spans import Span
from operators.second_look import Scenery, cut_look, span_look
from operators.split import find_transitions
from operators.transition_window import Window


def scene(seed: int) -> NDArray[np.float64]:
    """A picture of small patches, ``(60, 120, 3)``, of which a frame shows a part."""
    coarse = np.random.default_rng(seed).uniform(20, 235, (20, 40, 3))
    return np.repeat(np.repeat(coarse, 3, axis=0), 3, axis=1)


def shot(seed: int, frames: int, speed: float = 0.0) -> NDArray[np.float64]:
    picture, noise = scene(seed), np.random.default_rng(seed + 1)
    moves = [np.array([[1, 0, speed * at], [0, 1, 10.0]]) for at in range(frames)]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    still = np.stack([cv2.warpAffine(picture, move, (48, 27), flags=flags) for move in moves])
    return still + noise.normal(0, 1.5, (frames, 27, 48, 3))


def film(*parts: NDArray[np.float64]) -> Window:
    return Window.of_pictures(np.clip(np.rint(np.concatenate(parts)), 0, 255).astype(np.uint8), 24.0)


def flashed(part: NDArray[np.float64], at: int, frames: int, strength: float) -> NDArray[np.float64]:
    lit = part.copy()
    lit[at : at + frames] += strength * (255 - lit[at : at + frames])
    return lit


def cuts_of(window: Window) -> list[tuple[int, int]]:
    return [found.frames for found in find_transitions(window) if found.confidence >= 0.5]


def test_a_frame_is_like_itself_under_another_light_and_unlike_another_scene() -> None:
    one, other = shot(1, 2), shot(2, 1)
    scenery = Scenery(film(one, 0.5 * one[:1] + 60, other))
    assert scenery.unlike(0, 1) < 0.05
    assert scenery.unlike(0, 2) < 0.25
    assert scenery.unlike(0, 3) > 0.7


def test_what_has_only_moved_is_found_again() -> None:
    scenery = Scenery(film(shot(3, 12, speed=1.0), shot(4, 1)))
    assert scenery.unlike(0, 11) > 0.5
    assert scenery.moved(0, 11) < 0.15
    assert scenery.moved(0, 12) > 0.3


@pytest.mark.parametrize("frames", [1, 3, 5, 8])
@pytest.mark.parametrize("strength", [0.5, 0.9, 1.0])
def test_a_flash_of_any_length_is_no_transition(frames: int, strength: float) -> None:
    assert cuts_of(film(flashed(shot(5, 90, speed=0.3), 40, frames, strength))) == []


def test_a_cut_right_after_a_flash_is_still_one() -> None:
    assert cuts_of(film(flashed(shot(6, 50), 38, 4, 0.8), shot(7, 50))) == [(50, 50)]


def test_a_cut_there_and_back_is_two_cuts() -> None:
    there, between = shot(8, 80), shot(9, 30)
    assert cuts_of(film(there[:40], between, there[40:])) == [(40, 40), (70, 70)]


@given(st.integers(1, 24), st.integers(0, 2**32 - 1))
def test_a_look_is_finite_and_as_long_wherever_a_candidate_lies(length: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    frames = dice.integers(0, 256, (length + 3, 27, 48, 3)).astype(np.uint8)
    if dice.random() < 0.5:
        frames[:] = dice.integers(0, 256, 3)
    window = Window.of_pictures(frames, 24.0)
    evidence = cut_evidence(window)
    answers, scenery = gradual_answers(window, evidence), Scenery(window)
    looks = [cut_look(scenery, evidence, answers, at) for at in range(1, len(window))]
    span = Span("wipe", 1, 1 + length, 0.9, 0.95)
    looks_at_span = [span_look(scenery, evidence, answers, span)]
    assert {look.shape for look in looks} == {(41,)}
    assert {look.shape for look in looks_at_span} == {(50,)}
    assert all(np.isfinite(look).all() for look in looks + looks_at_span)


def test_only_candidates_can_be_cuts_after_a_second_look() -> None:
    window = film(shot(10, 40), shot(11, 40))
    evidence = cut_evidence(window)
    answers = gradual_answers(window, evidence)
    before = picture_likelihood(evidence, answers)
    after = looked_at(before, Scenery(window), evidence, answers)
    candidates = candidate_cuts(before)
    assert 40 in candidates
    assert after[40] > 0
    others = np.delete(np.arange(80), candidates)
    assert (after[others] <= -8).all()
