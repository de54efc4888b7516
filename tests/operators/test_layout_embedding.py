from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.layout_embedding import DIMENSIONS, Frame, layout_embedding, layout_similarity
from operators.sample_films.photographs import load_photograph

EMBEDDING = st.lists(st.integers(0, 255), min_size=DIMENSIONS, max_size=DIMENSIONS)


def seen(name: str, left: float, right: float) -> tuple[int, ...]:
    """The embedding of a photograph's columns from ``left`` to ``right`` (shares of its width), at 48x27."""
    picture: Frame = load_photograph(name)
    width = picture.shape[1]
    part = np.ascontiguousarray(picture[:, round(left * width) : round(right * width)])
    return layout_embedding(cv2.resize(part, (48, 27), interpolation=cv2.INTER_AREA).astype(np.uint8))


@given(EMBEDDING, EMBEDDING)
def test_similarity_is_symmetric_and_within_bounds(one: list[int], other: list[int]) -> None:
    alike = layout_similarity(one, other)
    assert 0 <= alike <= 1
    assert alike == layout_similarity(other, one)
    assert layout_similarity(one, one) == 1


def test_two_framings_of_a_photograph_are_more_alike_than_two_photographs() -> None:
    framings = layout_similarity(seen("coffee", 0.0, 0.6), seen("coffee", 0.3, 1.0))
    photographs = layout_similarity(seen("coffee", 0.0, 0.6), seen("cat", 0.3, 1.0))
    assert framings > photographs + 0.2


def test_the_same_picture_is_more_alike_than_its_mirror_image() -> None:
    """The same colours, each in another place."""
    frame = np.zeros((27, 48, 3), np.uint8)
    frame[:, :24] = (200, 40, 30)
    mirrored = layout_similarity(layout_embedding(frame), layout_embedding(np.ascontiguousarray(frame[:, ::-1])))
    assert 0.7 <= mirrored < 0.95


def test_embeddings_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="expected two layout embeddings of 144 dimensions, got 144 and 3"):
        layout_similarity([0] * 144, [0] * 3)
