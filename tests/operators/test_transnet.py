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


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_a_plain_refusal_and_auto_does_without() -> None:
    with pytest.raises(ValueError, match="sees no GPU"):
        TransNet("float32", "cuda")
    assert TransNet("float32", "auto").device == "cpu"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_answers_as_the_processor_does(exact: TransNet) -> None:
    batch = windows(3)
    np.testing.assert_allclose(TransNet("float32", "cuda").windows(batch), exact.windows(batch), atol=5e-3)


def test_anything_but_windows_of_small_frames_is_refused(exact: TransNet) -> None:
    with pytest.raises(ValueError, match="expected"):
        exact.windows(windows(1)[:, :50])


@pytest.mark.parametrize("deterministic", [False, True])
def test_loading_leaves_global_random_and_torch_state_alone(deterministic: bool) -> None:
    found = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(deterministic)
    try:
        before = random.getstate(), torch.random.get_rng_state(), np.random.get_state()[1].tolist()
        TransNet("float32")
        assert random.getstate() == before[0]
        assert torch.equal(torch.random.get_rng_state(), before[1])
        assert np.random.get_state()[1].tolist() == before[2]
        assert torch.are_deterministic_algorithms_enabled() == deterministic
    finally:
        torch.use_deterministic_algorithms(found)


@pytest.mark.skipif(not processor_has_bfloat16(), reason="the processor has no bfloat16 instructions")
def test_bfloat16_changes_no_probability_much(exact: TransNet) -> None:
    batch = windows(2)
    assert np.abs(TransNet("bfloat16").windows(batch) - exact.windows(batch)).max() < 0.03
