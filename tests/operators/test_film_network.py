from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from operators.film_network import NoNetwork, TransNetWindows
from operators.transnet import load_network


def film(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, (count, 27, 48, 3), dtype=np.uint8)


def everything(frames: NDArray[np.uint8], fps: float = 25.0) -> NDArray[np.float32]:
    network = TransNetWindows(fps, "float32")
    return network.answer(frames, 0, np.ones(len(frames), bool), last=True)


@pytest.mark.parametrize("count", [1, 49, 50, 51, 137])
def test_a_film_asked_of_every_frame_is_answered_as_by_the_reference(count: int) -> None:
    frames = film(count)
    single, many = load_network().predict_frames(torch.from_numpy(frames), quiet=True)
    np.testing.assert_allclose(everything(frames), np.stack([single.numpy(), many.numpy()], axis=1), atol=1e-5)


@pytest.mark.slow
def test_answers_do_not_depend_on_the_part_of_the_film_at_hand_and_are_for_whole_steps() -> None:
    frames = film(400)
    whole, wanted = everything(frames), np.zeros(310, bool)
    wanted[[120, 159, 160]] = True
    part = TransNetWindows(25.0, "float32").answer(frames[40:350], 40, wanted, last=False)
    asked = np.zeros(310, bool)
    asked[110:210] = True
    np.testing.assert_array_equal(~np.isnan(part).any(axis=1), asked)
    np.testing.assert_allclose(part[asked], whole[150:250], atol=1e-5)


def test_frames_whose_window_reaches_past_what_is_at_hand_are_not_answered() -> None:
    frames = film(200)
    answers = TransNetWindows(25.0, "float32").answer(frames, 50, np.ones(200, bool), last=False)
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(answers[:, 0])), np.arange(50, 150))


def test_a_film_of_60_frames_a_second_is_read_at_half_its_rate() -> None:
    frames = film(121)
    answers = everything(frames, 60.0)
    assert not np.isnan(answers).any()
    np.testing.assert_array_equal(answers[0:120:2], answers[1:121:2])
    np.testing.assert_allclose(answers[::2], everything(frames[::2]), atol=1e-5)


def test_without_a_network_nothing_is_asked() -> None:
    assert np.isnan(NoNetwork().answer(film(10), 0, np.ones(10, bool), last=True)).all()


LOADED = """
import sys
import numpy as np
import operators.film_measuring
from operators.film_network import TransNetWindows
TransNetWindows(25.0, "auto").answer(np.zeros((200, 27, 48, 3), np.uint8), 0, np.zeros(200, bool), last=True)
print("torch" in sys.modules)
"""


def test_torch_is_not_loaded_until_the_network_is_asked() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert told.stdout.strip() == "False"
