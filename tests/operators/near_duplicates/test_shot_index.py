"""Equal shots are found exactly, by either index, in any number of parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.near_duplicates import shot_index
from operators.near_duplicates.shot_index import MOST_ALIKE, ShotIndex


def _hashes(seed: int, rows: int, flips: int) -> np.ndarray:
    """Half of them random, half copies of those with up to ``flips`` bits changed; sorted and distinct."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (rows, 192), dtype=np.uint8)
    for row in range(rows // 2, rows):
        bits[row] = bits[random.integers(0, rows // 2)]
        bits[row, random.integers(0, 192, random.integers(0, flips + 1))] ^= 1
    return np.unique(np.packbits(bits, axis=1), axis=0)


def _by_hand(hashes: np.ndarray, distance: int) -> dict[tuple[int, int], int]:
    bits = np.unpackbits(hashes, axis=1).astype(np.int64)
    far = (bits[:, None] != bits[None]).sum(axis=2)
    one, other = np.nonzero(np.triu(far <= distance, 1))
    return {(int(a), int(b)): int(far[a, b]) for a, b in zip(one, other, strict=True)}


def _found(hashes: np.ndarray, distance: int, parts: list[np.ndarray]) -> dict[tuple[int, int], int]:
    index, known = ShotIndex(hashes, distance), np.zeros(len(hashes), np.bool_)
    found = [index.matches(part, known) for part in parts]
    together = shot_index.ShotMatches.joined(found)
    pairs = list(zip(together.one.tolist(), together.other.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    return dict(zip(pairs, together.distance.tolist(), strict=True))


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), rows=st.integers(2, 60), distance=st.sampled_from([0, 3, 7, 15, 21]), data=st.data())
def test_all_pairs_within_the_distance_are_found(seed, rows, distance, data):
    hashes = _hashes(seed, rows, distance + 3)
    at = data.draw(st.integers(0, len(hashes)))
    parts = [np.arange(at), np.arange(at, len(hashes))]
    assert _found(hashes, distance, parts) == _by_hand(hashes, distance)


@pytest.mark.parametrize("distance", [1, 7, 8, 15, 16, 21])
def test_the_index_of_many_misses_none_that_comparing_all_would_find(monkeypatch: pytest.MonkeyPatch, distance: int):
    hashes = _hashes(distance, 400, distance + 3)
    monkeypatch.setattr(shot_index, "FLAT_UP_TO", 0)
    wanted = _by_hand(hashes, distance)
    assert distance in wanted.values()
    assert _found(hashes, distance, [np.arange(len(hashes))]) == wanted


def test_shots_that_are_known_are_not_looked_up_again_and_none_is_lost():
    hashes = _hashes(3, 200, 12)
    random = np.random.default_rng(0)
    known = random.random(len(hashes)) < 0.6
    index = ShotIndex(hashes, 15)
    new = index.matches(np.flatnonzero(~known), known)
    found = set(zip(new.one.tolist(), new.other.tolist(), strict=True))
    assert found == {pair for pair in _by_hand(hashes, 15) if not (known[pair[0]] and known[pair[1]])}


def test_a_shot_that_is_everywhere_tells_nothing():
    numbers = np.arange(MOST_ALIKE + 2, dtype=np.uint16)
    hashes = np.zeros((len(numbers), 24), np.uint8)
    hashes[:, :2] = numbers.astype(">u2").view(np.uint8).reshape(-1, 2)
    assert _found(hashes, 16, [np.arange(len(hashes))]) == {}


def test_no_shots_have_no_equals():
    assert _found(np.zeros((0, 24), np.uint8), 15, [np.arange(0)]) == {}
