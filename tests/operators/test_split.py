from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from formats.film_scan import FoundTransition
from operators.film_network import NoNetwork
from operators.film_splitter import FilmSplitter
from operators.sample_films.photographs import load_photograph
from operators.split import disjoint, find_transitions
from operators.transition_window import Window

Frames = NDArray[np.float64]


def picture(seed: int, scale: float = 1.0) -> Frames:
    """A random colour picture with coarse and fine detail, (27, 96, 3), wide enough to pan over."""
    dice = np.random.default_rng(seed)
    coarse = cv2.resize(dice.uniform(0, 255, (6, 20, 3)), (96, 27), interpolation=cv2.INTER_CUBIC)
    return np.clip(0.5 * coarse + 0.5 * dice.uniform(0, 255, (27, 96, 3)), 0, 255) * scale


def shot(seed: int, frames: int, speed: float = 0.0, scale: float = 1.0) -> Frames:
    """A still camera (or a pan by ``speed`` pixels a frame) with a little noise."""
    wide, noise = picture(seed, scale), np.random.default_rng(seed + 999)
    moved = [cv2.warpAffine(wide, np.float64([[1, 0, -speed * k], [0, 1, 0]]), (96, 27))[:, :48] for k in range(frames)]
    return np.stack(moved) + noise.normal(0, 1.0, (frames, 27, 48, 3))


def found(film: Frames, least: float = 0.5, fps: float = 24.0) -> list[tuple[str, int, int]]:
    frames = np.clip(np.rint(film), 0, 255).astype(np.uint8)
    window = Window.of_pictures(frames, fps)
    return [(each.kind, *each.frames) for each in find_transitions(window) if each.confidence >= least]


@pytest.mark.parametrize(("scale", "fps"), [(1.0, 24.0), (0.12, 24.0), (1.0, 60.0), (1.0, 10.0)])
def test_hard_cuts_are_exact_also_when_dark_fast_or_slow(scale: float, fps: float) -> None:
    film = np.concatenate([shot(1, 40, scale=scale), shot(2, 23, scale=scale), shot(3, 50, scale=scale)])
    assert found(film, fps=fps) == [("cut", 40, 40), ("cut", 63, 63)]


def test_hard_cuts_are_exact_under_letterbox_bars() -> None:
    film = np.concatenate([shot(1, 40), shot(2, 40)])
    film[:, :4] = film[:, -4:] = 0
    assert found(film) == [("cut", 40, 40)]


@pytest.mark.parametrize("length", [6, 12, 30])
def test_a_dissolve_is_its_own_frames(length: int) -> None:
    before, after = shot(4, 40 + length), shot(5, 40 + length)
    share = ((np.arange(length) + 1) / (length + 1))[:, None, None, None]
    mixed = (1 - share) * before[40:] + share * after[:length]
    (transition,) = found(np.concatenate([before[:40], mixed, after[length:]]))
    kind, start, end = transition
    assert kind == "dissolve"
    assert -2 <= start - 40 <= 1
    assert -1 <= end - 40 - length <= 2


@pytest.mark.parametrize("colour", [0.0, 255.0])
def test_a_fade_is_its_ramps_and_its_hold(colour: float) -> None:
    before, after = shot(6, 52), shot(7, 52)
    out = np.linspace(1, 0, 14)[1:-1, None, None, None]
    fade_out = colour + out * (before[40:] - colour)
    fade_in = colour + out[::-1] * (after[:12] - colour)
    film = np.concatenate([before[:40], fade_out, np.full((6, 27, 48, 3), colour), fade_in, after[12:]])
    (transition,) = found(film)
    kind, start, end = transition
    assert kind == "fade"
    assert abs(start - 40) <= 1
    assert abs(end - 70) <= 1


def test_a_cut_to_a_black_hold_is_a_fade() -> None:
    film = np.concatenate([shot(8, 40), np.zeros((9, 27, 48, 3)), shot(9, 40)])
    assert found(film) == [("fade", 40, 49)]


def test_a_wipe_is_found_where_it_happens() -> None:
    noise = np.random.default_rng(1).normal(0, 1.0, (104, 27, 48, 3))
    before, after = (
        cv2.resize(load_photograph(name), (48, 27), interpolation=cv2.INTER_AREA) for name in ("cat", "coffee")
    )
    film = np.concatenate([np.repeat(before[None], 64, axis=0), np.repeat(after[None], 40, axis=0)]) + noise
    for step in range(24):
        film[40 + step, :, : 2 * step + 1] = after[:, : 2 * step + 1]
    ((kind, start, end),) = found(film)
    assert kind == "wipe"
    assert -8 <= start - 40 <= 2
    assert -2 <= end - 64 <= 8


def test_flashes_fast_pans_and_titles_are_no_transitions() -> None:
    film = shot(12, 90)
    film[30:32] += 120
    film[60:75, 12:15, 10:38] = np.linspace(0, 255, 15)[:, None, None, None]
    film[75:, 12:15, 10:38] = 255
    assert found(film) == []
    assert [each for each in found(shot(13, 40, speed=1.1)) if each[0] == "cut"] == []


@pytest.mark.parametrize("colour", [(90, 160, 80), (30, 30, 36), (245, 240, 230)])
def test_something_plain_that_fills_the_picture_and_goes_by_is_no_transition(colour: tuple[int, int, int]) -> None:
    film = shot(14, 120)
    for frame in range(40, 80):
        left = round(-70 + 4.2 * (frame - 40))
        film[frame, :, max(left, 0) : max(left + 70, 0)] = colour
    assert found(film) == []


@pytest.mark.parametrize("colour", [(250, 250, 246), (90, 120, 150)])
@pytest.mark.parametrize("first", [True, False])
def test_a_plain_card_at_a_films_end_is_a_shot(colour: tuple[int, int, int], first: bool) -> None:
    card = np.random.default_rng(3).normal(0, 0.5, (200, 27, 48, 3)) + colour
    film = [card, shot(18, 60)] if first else [shot(18, 60), card]
    at = 200 if first else 60
    assert found(np.concatenate(film)) == [("cut", at, at)]


@pytest.mark.parametrize("apart", [-3, -2, 2, 3])
def test_a_cut_beside_a_flash_is_at_the_cut(apart: int) -> None:
    film = np.concatenate([0.6 * shot(15, 40), 0.6 * shot(16, 40)])
    film[40 + apart] = 0.15 * film[40 + apart] + 215
    assert found(film) == [("cut", 40, 40)]


@pytest.mark.parametrize("period", [2, 5, 9])
def test_a_strobe_is_no_transition(period: int) -> None:
    film = 0.6 * shot(17, 120)
    film[40:90:period] = 0.15 * film[40:90:period] + 215
    assert found(film) == []


def test_black_at_the_ends_is_reported_up_to_the_ends() -> None:
    film = np.concatenate([np.zeros((10, 27, 48, 3)), shot(14, 60), np.zeros((8, 27, 48, 3))])
    assert found(film) == [("fade", 0, 10), ("fade", 70, 78)]


def test_a_gradual_transition_wins_over_a_cut_inside_it() -> None:
    def make(kind: str, frames: tuple[int, int], confidence: float) -> FoundTransition:
        return FoundTransition.model_validate(
            {"kind": kind, "frames": frames, "confidence": confidence, "evidence": {}}
        )

    fade, inside, apart = make("fade", (10, 20), 0.6), make("cut", (15, 15), 0.99), make("cut", (40, 40), 0.2)
    assert disjoint([inside, apart, fade]) == (fade, apart)
    doubtful = make("dissolve", (10, 20), 0.3)
    assert disjoint([inside, doubtful]) == (inside,)


def test_a_long_film_in_pieces_gives_what_its_windows_give_and_a_long_hold_stays_whole() -> None:
    parts = [
        shot(20, 400),
        shot(21, 380),
        np.zeros((900, 27, 48, 3)),
        shot(22, 300),
    ]
    film = np.clip(np.rint(np.concatenate(parts)), 0, 255).astype(np.uint8)
    splitter = FilmSplitter(24.0, NoNetwork())
    boundaries = []
    for at in range(0, len(film), 50):
        boundaries += splitter.feed(film[at : at + 50])
    boundaries += splitter.finish()
    sure = [each for each in boundaries if each.transition.confidence >= 0.5]
    assert [(each.transition.kind, each.transition.frames) for each in sure] == [
        ("cut", (400, 400)),
        ("fade", (780, 1680)),
    ]
    assert all(len(each.before) == len(each.after) == 144 for each in sure)
