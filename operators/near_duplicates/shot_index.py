"""Equal shots: all pairs of perceptual hashes within a Hamming distance, exactly, at any size.

faiss (Douze et al., arXiv 2401.08281). Few hashes are compared one with another (``IndexBinaryFlat``). Many go through
multi-index hashing (``IndexBinaryMultiHash``; Norouzi, Punjani and Fleet, arXiv 1307.2982): the 192 bits are cut in 8
strings, and two hashes within distance d agree in one of them up to floor(d / 8) bits, so that probing so many flips
misses none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BITS = 192
STRINGS, STRING_BITS = 8, 24
FLAT_UP_TO = 20_000
MOST_ALIKE = 1_000
"""A shot equal to more others than this (a logo, a test card) tells nothing of the clips that hold it."""
_QUERIES_AT_ONCE = 1024

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ShotMatches:
    """Pairs of equal hashes, M of them: ``one`` < ``other`` are ``(M,)`` row numbers, ``distance`` ``(M,)`` in bits of 192."""

    one: Integers
    other: Integers
    distance: Integers

    @classmethod
    def joined(cls, parts: Sequence[ShotMatches]) -> ShotMatches:
        """All of ``parts``, sorted by ``one``, then ``other``."""
        empty = np.zeros(0, np.int64)
        one = np.concatenate([empty, *(part.one for part in parts)])
        other = np.concatenate([empty, *(part.other for part in parts)])
        distance = np.concatenate([empty, *(part.distance for part in parts)])
        order = np.lexsort((other, one))
        return cls(one[order], other[order], distance[order])


class ShotIndex:
    """Over ``(S, 24)`` uint8, in which no two rows are equal."""

    def __init__(self, hashes: Bytes, distance: int) -> None:
        """``distance``: bits of 192 in which equal shots differ at most."""
        self._hashes = np.ascontiguousarray(hashes)
        self._distance = distance
        self._index = _empty_index(len(hashes), distance)
        if len(hashes):
            self._index.add(self._hashes)

    def matches(self, rows: Integers, known: Mask) -> ShotMatches:
        """Pairs of ``rows`` with each other and with ``known`` rows (``(S,)``), whose own pairs were found before; ``rows`` may be
        given in several parts. Rows with more than ``MOST_ALIKE`` equals have none."""
        parts = [
            self._search(rows[start : start + _QUERIES_AT_ONCE], known)
            for start in range(0, len(rows), _QUERIES_AT_ONCE)
        ]
        return ShotMatches.joined(parts)

    def _search(self, rows: Integers, known: Mask) -> ShotMatches:
        limits, distances, found = self._index.range_search(self._hashes[rows], self._distance + 1)
        sizes: Integers = np.diff(limits.astype(np.int64)).astype(np.int64)
        one, other = np.repeat(rows, sizes), found.astype(np.int64)
        wanted = ((other > one) | known[other]) & np.repeat(sizes <= MOST_ALIKE, sizes)
        one, other, distance = one[wanted], other[wanted], distances[wanted].astype(np.int64)
        return ShotMatches(np.minimum(one, other), np.maximum(one, other), distance)


def _empty_index(rows: int, distance: int) -> Any:
    import faiss

    if rows <= FLAT_UP_TO:
        return faiss.IndexBinaryFlat(BITS)
    index = faiss.IndexBinaryMultiHash(BITS, STRINGS, STRING_BITS)
    index.nflip = distance // STRINGS
    return index
