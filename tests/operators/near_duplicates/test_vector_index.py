import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.near_duplicates import vector_index
from operators.near_duplicates.vector_index import VectorPairs, lots, vector_pairs


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def crowd(seed: int, clips: int, dimensions: int, copies: int) -> np.ndarray:
    """Random directions; the first ``copies`` have a slightly turned copy each at the end."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(clips, dimensions))
    turned = rows[:copies] + 0.1 * random.normal(size=(copies, dimensions))
    return unit(np.concatenate([rows, turned]))


def found(vectors: np.ndarray, least: float, exact_up_to: int = vector_index.EXACT_UP_TO) -> dict:
    pairs = VectorPairs.joined(list(vector_pairs(vectors, least, exact_up_to)))
    return dict(zip(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True), pairs.cosine.tolist(), strict=True))


def by_hand(vectors: np.ndarray, least: float) -> dict:
    out = {}
    for one in range(len(vectors)):
        for other in range(one + 1, len(vectors)):
            left, right = vectors[one].astype(float), vectors[other].astype(float)
            if np.isnan(left).any() or np.isnan(right).any():
                continue
            cosine = round(float(left @ right / np.linalg.norm(left) / np.linalg.norm(right)), 6)
            if cosine >= least:
                out[one, other] = cosine
    return out


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(0, 40), st.sampled_from([3, 8]), st.sampled_from([0.3, 0.9, 1.0]))
def test_few_clips_are_all_compared(seed: int, clips: int, dimensions: int, least: float) -> None:
    vectors = crowd(seed, clips, dimensions, clips // 2)
    vectors[::7] = np.nan
    assert found(vectors, least) == by_hand(vectors, least)


def test_lots_meet_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "_AT_ONCE", 16)
    vectors = crowd(1, 60, 8, 20)
    assert lots(vectors) == 5
    assert found(vectors, 0.9) == by_hand(vectors, 0.9)


def test_many_clips_go_through_an_index_that_invents_nothing_and_misses_little() -> None:
    vectors = crowd(2, 6000, 64, 600)
    truth = by_row = {(row, 6000 + row) for row in range(600)}
    pairs = found(vectors, 0.9, exact_up_to=100)
    assert set(pairs) <= by_row
    assert all(cosine >= 0.9 for cosine in pairs.values())
    assert len(pairs) / len(truth) > 0.95


def test_the_index_finds_the_same_again() -> None:
    vectors = crowd(3, 3000, 32, 300)
    assert found(vectors, 0.9, exact_up_to=100) == found(vectors, 0.9, exact_up_to=100)


def test_vectors_may_lie_on_disk(tmp_path) -> None:
    vectors = crowd(4, 50, 8, 10)
    np.save(tmp_path / "v.npy", vectors)
    assert found(np.load(tmp_path / "v.npy", mmap_mode="r"), 0.9) == found(vectors, 0.9)


def test_a_clip_like_everything_has_no_pairs_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "MOST_ALIKE", 10)
    same = np.tile(unit(np.ones((1, 8))), (30, 1))
    assert found(same, 0.9) == {}


def test_no_clips_no_pairs() -> None:
    assert found(np.zeros((0, 8), np.float16), 0.9) == {}
    assert found(np.full((5, 8), np.nan, np.float16), 0.9) == {}
