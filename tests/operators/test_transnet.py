from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from operators.network_pass import TransNetPass
from operators.transnet import TransNet, processor_has_bfloat16


@pytest.fixture(scope="module")
def exact() -> TransNet:
    return TransNet("float32")


def clip(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, (count, 27, 48, 3), dtype=np.uint8)


def test_both_heads_equal_the_reference_and_so_does_feeding_in_pieces(exact: TransNet) -> None:
    frames = clip(137)
    single, many = exact._network.predict_frames(torch.from_numpy(frames), quiet=True)
    both = np.stack([single.numpy(), many.numpy()], axis=1)
    np.testing.assert_allclose(exact.predict(frames), both, atol=1e-5)
    stream = exact.stream()
    pieces = [stream.feed(frames[at : at + 31]) for at in range(0, 137, 31)]
    np.testing.assert_allclose(np.concatenate([*pieces, stream.finish()]), both, atol=1e-5)


@pytest.mark.parametrize("count", [1, 49, 50, 51])
def test_every_frame_of_a_short_film_gets_one_answer(exact: TransNet, count: int) -> None:
    assert exact.predict(clip(count)).shape == (count, 2)


def test_loading_leaves_global_random_and_torch_state_alone() -> None:
    before = random.getstate(), torch.random.get_rng_state(), np.random.get_state()[1].tolist()
    TransNet("float32")
    assert random.getstate() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])
    assert np.random.get_state()[1].tolist() == before[2]
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.skipif(not processor_has_bfloat16(), reason="the processor has no bfloat16 instructions")
def test_bfloat16_changes_no_probability_much(exact: TransNet) -> None:
    frames = clip(100)
    assert np.abs(TransNet("bfloat16").predict(frames) - exact.predict(frames)).max() < 0.03


def test_a_film_of_60_frames_a_second_is_answered_for_every_frame() -> None:
    network = TransNetPass(60.0, "auto")
    frames = clip(121)
    answers = np.concatenate([network.feed(frames[:51]), network.feed(frames[51:]), network.finish()])
    assert answers.shape == (121, 2)
    np.testing.assert_array_equal(answers[0:120:2], answers[1:121:2])
