from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from operators.frame_proof import (
    Threshold,
    differing,
    fine_cells,
    fine_threshold,
    is_nearer_to_other,
    signature,
    signature_cells,
    signature_means,
    signature_threshold,
)

LUMAS = st.tuples(st.integers(1, 90), st.integers(1, 90)).flatmap(lambda shape: arrays(np.uint8, shape))


@given(LUMAS)
def test_signatures_are_144_bytes_for_any_picture_and_read_back(luma: np.ndarray) -> None:
    fine = fine_cells(luma)
    text = signature(fine)
    assert len(bytes.fromhex(text)) == 144
    assert np.max(np.abs(signature_cells(text) - signature_means(fine))) <= 0.5


def test_cells_are_the_means_of_their_pixels() -> None:
    luma = np.random.default_rng(1).integers(0, 256, (144, 256), dtype=np.uint8)
    assert np.array_equal(fine_cells(luma), luma.reshape(36, 4, 64, 4).mean(axis=(1, 3)).astype(np.float32))
    coarse = luma.reshape(9, 16, 16, 16).mean(axis=(1, 3))
    assert np.allclose(signature_means(fine_cells(luma)), coarse, atol=1e-4)


@given(st.integers(0, 255), st.integers(0, 255))
def test_only_a_difference_of_the_threshold_or_more_counts(one: int, other: int) -> None:
    cells = np.zeros((9, 16), np.float32)
    mask = differing(cells + one, cells + other, Threshold(levels=5, share=0.5))
    assert (mask is not None) == (abs(one - other) >= 5)


def test_a_frame_is_not_nearer_to_what_cannot_be_told_apart() -> None:
    wanted = np.full((9, 16), 100, np.float32)
    assert not is_nearer_to_other(wanted + 1, wanted, wanted + 1, fine_threshold(18))
    assert is_nearer_to_other(wanted + 9, wanted, wanted + 10, fine_threshold(18))
    assert not is_nearer_to_other(wanted + 4, wanted, wanted + 10, fine_threshold(18))


@pytest.mark.parametrize("text", ["", "00", "zz" * 144])
def test_what_is_no_signature_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        signature_cells(text)


def test_in_small_pictures_more_must_differ_since_a_cell_averages_fewer_pixels() -> None:
    def levels(height: int, width: int) -> float:
        return signature_threshold(18, fine_cells(np.zeros((height, width), np.uint8))).levels

    assert levels(180, 320) == levels(1080, 1920) == 2.5
    assert levels(96, 96) == 6.25
    assert levels(6, 10) > 100
