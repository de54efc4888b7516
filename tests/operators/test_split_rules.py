"""The rules that ``split`` puts together, one by one, on arrays made for them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from formats.film_scan import FoundTransition
from operators.cut_evidence import cut_evidence
from operators.cuts import cut_confidence, find_cuts, picture_likelihood
from operators.fades import find_holds, fit_ramp
from operators.gradual_network import GradualAnswers
from operators.split import join_near
from operators.transition_window import Window

Frames = NDArray[np.float64]


def still(seed: int, frames: int) -> Frames:
    dice = np.random.default_rng(seed)
    return dice.uniform(0, 255, (27, 48, 3)) + dice.normal(0, 1.0, (frames, 27, 48, 3))


def window_of(film: Frames, single: float | None = None) -> Window:
    frames = np.clip(np.rint(film), 0, 255).astype(np.uint8)
    heads = np.full(len(frames), np.nan if single is None else single, np.float32)
    return Window(frames, heads, heads, 24.0)


def undecided(count: int, cut: float = 0.5) -> GradualAnswers:
    nothing = np.zeros(count, np.float32)
    return GradualAnswers(nothing, nothing, nothing, np.full(count, cut, np.float32))


def transition(kind: str, start: int, end: int, confidence: float) -> FoundTransition:
    return FoundTransition.model_validate(
        {"kind": kind, "frames": (start, end), "confidence": confidence, "evidence": {}}
    )


def test_a_cut_is_the_boundary_of_the_largest_difference() -> None:
    window = window_of(np.concatenate([still(1, 30), still(2, 30)]))
    evidence = cut_evidence(window)
    likelihood = picture_likelihood(evidence, undecided(60))
    assert find_cuts(likelihood, cut_confidence(window, likelihood), 0.5) == [30]
    assert evidence.change[30] > 0.9
    assert evidence.histogram[:30].max() < evidence.histogram[30]


def test_a_flash_is_large_but_does_not_last() -> None:
    film = still(3, 60)
    film[30:32] = 255 - 0.2 * film[30:32]
    evidence = cut_evidence(window_of(film))
    assert evidence.difference[30] > 50
    assert evidence.lasting[30:33].max() < 5
    assert evidence.change[30:33].max() < 0.3


def test_both_networks_move_a_cuts_confidence_within_bounds() -> None:
    film = np.concatenate([still(1, 30), 0.6 * still(1, 30) + 0.4 * still(2, 30)])
    plain, heard = window_of(film), window_of(film, single=0.9)
    evidence = cut_evidence(plain)
    unsure, denied, told = (picture_likelihood(evidence, undecided(60, cut=cut)) for cut in (0.5, 0.0, 1.0))
    unheard = cut_confidence(plain, unsure)[30]
    assert cut_confidence(heard, unsure)[30] > unheard
    assert 0 < cut_confidence(plain, denied)[30] < unheard < cut_confidence(plain, told)[30]


@pytest.mark.parametrize("frames", [0, 1, 6, 20])
def test_a_ramp_ends_where_the_distance_from_the_hold_levels_off(frames: int) -> None:
    distance = np.concatenate([np.zeros(5), np.linspace(0, 80, frames + 2)[1:-1], np.full(30, 80.0)]).astype(np.float32)
    assert fit_ramp(distance, 5).frames == frames


def test_black_with_a_title_that_comes_and_goes_is_two_holds() -> None:
    film = np.concatenate([still(4, 30), np.zeros((30, 27, 48, 3)), still(5, 30)])
    film[40:50, 13, 20:26] = 200
    holds = [(hold.start, hold.end) for hold in find_holds(window_of(film))]
    assert holds == [(30, 40), (50, 60)]


def test_a_mark_that_stands_through_black_does_not_break_the_hold() -> None:
    film = np.concatenate([still(4, 30), np.zeros((30, 27, 48, 3)), still(5, 30)])
    film[:, 24, 40:44] = 200
    assert [(hold.start, hold.end) for hold in find_holds(window_of(film))] == [(30, 60)]


def test_credible_transitions_with_no_room_for_a_shot_between_them_are_one_fade() -> None:
    fade, near, far = (
        transition("fade", 10, 20, 0.9),
        transition("dissolve", 22, 30, 0.8),
        transition("cut", 50, 50, 1.0),
    )
    joined = join_near([fade, near, far])
    assert [(each.kind, each.frames) for each in joined] == [("fade", (10, 30)), ("cut", (50, 50))]
    doubtful = near.model_copy(update={"confidence": 0.2})
    assert join_near([fade, doubtful]) == (fade, doubtful)
