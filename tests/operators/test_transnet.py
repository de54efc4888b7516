from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from operators.transnet import TransNet, processor_has_bfloat16


@pytest.fixture(scope="module")
def exact() -> TransNet:
    return TransNet("float32")


def windows(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, (count, 100, 27, 48, 3), dtype=np.uint8)


def test_windows_in_a_batch_are_answered_as_one_by_one(exact: TransNet) -> None:
    batch = windows(3)
    apart = np.concatenate([exact.windows(batch[number : number + 1]) for number in range(3)])
    np.testing.assert_allclose(exact.windows(batch), apart, atol=1e-5)


def test_anything_but_windows_of_small_frames_is_refused(exact: TransNet) -> None:
    with pytest.raises(ValueError, match="expected"):
        exact.windows(windows(1)[:, :50])


def test_loading_leaves_global_random_and_torch_state_alone() -> None:
    before = random.getstate(), torch.random.get_rng_state(), np.random.get_state()[1].tolist()
    TransNet("float32")
    assert random.getstate() == before[0]
    assert torch.equal(torch.random.get_rng_state(), before[1])
    assert np.random.get_state()[1].tolist() == before[2]
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.skipif(not processor_has_bfloat16(), reason="the processor has no bfloat16 instructions")
def test_bfloat16_changes_no_probability_much(exact: TransNet) -> None:
    batch = windows(2)
    assert np.abs(TransNet("bfloat16").windows(batch) - exact.windows(batch)).max() < 0.03
