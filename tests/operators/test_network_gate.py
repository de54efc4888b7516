from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from operators.cuts import cut_confidence, find_cuts
from operators.film_network import Frames, Heads, Marks, not_asked
from operators.film_splitter import FilmSplitter
from operators.network_gate import THRESHOLDS, doubtful_frames
from operators.split import FLOOR, picture_evidence
from operators.transition_window import Window


def still(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).uniform(0, 255, (27, 48, 3))


def shot(picture: NDArray[np.float64], frames: int, seed: int) -> NDArray[np.float64]:
    return picture + np.random.default_rng(seed).normal(0, 1.0, (frames, 27, 48, 3))


def as_film(*parts: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(np.concatenate(parts)), 0, 255).astype(np.uint8)


def changing_by(*shares: float) -> NDArray[np.uint8]:
    """For each share two shots of 40 frames: a picture, and the same with that share of another in it."""
    parts = []
    for number, share in enumerate(shares):
        one, other = still(2 * number + 1), still(2 * number + 2)
        parts += [shot(one, 40, number), shot((1 - share) * one + share * other, 40, number + 100)]
    return as_film(*parts)


def marked(film: NDArray[np.uint8]) -> Marks:
    window = Window.of_pictures(film, 24.0)
    return doubtful_frames(window, picture_evidence(window))


FROM_NOTHING_TO_PLAIN = np.linspace(0.04, 0.4, 19).tolist()


class Assenting:
    """Sees a cut everywhere, and remembers of which frames it was asked."""

    def __init__(self) -> None:
        self.asked: set[int] = set()

    def answer(self, frames: Frames, first: int, wanted: Marks, *, last: bool) -> Heads:
        self.asked |= set((np.flatnonzero(wanted) + first).tolist())
        heads = not_asked(len(frames))
        heads[wanted] = 1.0
        return heads


def test_a_plain_cut_and_a_still_shot_need_no_network() -> None:
    assert not marked(changing_by(1.0)).any()


def test_both_frames_at_a_doubtful_cut_are_asked_of() -> None:
    doubtful = [np.flatnonzero(marked(changing_by(share))).tolist() for share in FROM_NOTHING_TO_PLAIN]
    assert {tuple(frames) for frames in doubtful} == {(), (39, 40)}


FILM = Window.of_pictures(changing_by(*FROM_NOTHING_TO_PLAIN), 24.0)
SEEN = picture_evidence(FILM)


@given(st.integers(0, 2**32 - 1), st.sampled_from([THRESHOLDS[0], 0.5, THRESHOLDS[1]]))
def test_whatever_the_network_would_say_elsewhere_no_cut_comes_or_goes(seed: int, threshold: float) -> None:
    said = np.random.default_rng(seed).choice([0.0, 0.02, 0.3, 0.9, 1.0], len(FILM)).astype(np.float32)
    assert 0 < doubtful_frames(FILM, SEEN).sum() < len(FILM) / 4
    gated = np.where(doubtful_frames(FILM, SEEN), said, np.nan).astype(np.float32)
    cuts = []
    for single in (said, gated):
        confidence = cut_confidence(replace(FILM, single=single, many=single), SEEN.likelihood)
        cuts.append([at for at in find_cuts(SEEN.likelihood, confidence, FLOOR) if confidence[at] >= threshold])
    assert cuts[0] == cuts[1]


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_film_in_pieces_asks_once_where_it_doubts_or_of_every_frame(everywhere: bool) -> None:
    film = changing_by(*FROM_NOTHING_TO_PLAIN)
    network = Assenting()
    splitter = FilmSplitter(24.0, network, everywhere=everywhere)
    heads = []
    for at in range(0, len(film), 50):
        splitter.feed(film[at : at + 50])
        heads.append(splitter.take_heads())
    splitter.finish()
    told = np.concatenate([*heads, splitter.take_heads()])
    assert len(told) == len(film)
    answered = set(np.flatnonzero(~np.isnan(told[:, 0])).tolist())
    assert answered == network.asked
    assert (len(answered) == len(film)) is everywhere
    assert len(answered) > 1
