"""Pairs of clips whose vectors are alike: all of them while there are few, nearly all at any size.

faiss (Douze et al., arXiv 2401.08281). Up to ``EXACT_UP_TO`` vectors each is compared with each. More go through an inverted
file (``IndexIVFScalarQuantizer``): a vector is compared with those in the ``PROBES`` cells nearest to it, a byte a dimension
first; what comes within ``SLACK`` of the limit is measured anew on the vectors themselves. So every pair that is found is exact,
and some are missed; ``benchmarks/README.md`` has how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt

EXACT_UP_TO = 50_000
PROBES = 16
SLACK = 0.02
MOST_ALIKE = 1_000
"""A clip like more others than this (a black screen, a test card) has no pairs of its own."""
_AT_ONCE = 4_096
_TRAIN_EACH = 64
_SEED = 20261121
_ROUNDING = 0.001

Vectors = npt.NDArray[np.float16]
Singles = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class VectorPairs:
    """P pairs: ``one`` < ``other`` are ``(P,)`` row numbers, ``cosine`` ``(P,)``; sorted by ``one``, then ``other``, none twice."""

    one: Integers
    other: Integers
    cosine: npt.NDArray[np.float64]

    @classmethod
    def joined(cls, parts: Sequence[VectorPairs]) -> VectorPairs:
        """All of ``parts``. A pair that both its ends found is one."""
        none = np.zeros(0, np.int64)
        one, other = (np.concatenate([none, *(getattr(part, name) for part in parts)]) for name in ("one", "other"))
        cosine = np.concatenate([np.zeros(0), *(part.cosine for part in parts)])
        order = np.lexsort((other, one))
        one, other, cosine = one[order], other[order], cosine[order]
        fresh = np.ones(len(one), np.bool_)
        fresh[1:] = (np.diff(one) != 0) | (np.diff(other) != 0)
        return cls(one[fresh], other[fresh], cosine[fresh])


def vector_pairs(vectors: Vectors, least: float, exact_up_to: int = EXACT_UP_TO) -> Iterator[VectorPairs]:
    """Pairs with a cosine of at least ``least``, lot by lot of rows, for ``VectorPairs.joined``.

    ``vectors``: ``(N, D)`` of length 1, may lie on disk (``numpy.memmap``); rows of NaN have no pairs.
    """
    rows = _present(vectors)
    index = _index(vectors, rows, exact_up_to)
    bar = least - (_ROUNDING if len(rows) <= exact_up_to else SLACK)
    for start in range(0, len(rows), _AT_ONCE):
        yield _search(index, vectors, rows, rows[start : start + _AT_ONCE], bar, least)


def lots(vectors: Vectors) -> int:
    """How many lots ``vector_pairs`` will yield, at most."""
    return -(-len(vectors) // _AT_ONCE)


def _present(vectors: Vectors) -> Integers:
    parts = [
        start + np.flatnonzero(~np.isnan(vectors[start : start + 65_536]).any(axis=1))
        for start in range(0, len(vectors), 65_536)
    ]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _index(vectors: Vectors, rows: Integers, exact_up_to: int) -> Any:
    import faiss

    dimensions = vectors.shape[1]
    index: Any = faiss.IndexFlatIP(dimensions)
    if len(rows) > exact_up_to:
        cells = 4 * isqrt(len(rows))
        byte = faiss.ScalarQuantizer.QT_8bit
        index = faiss.IndexIVFScalarQuantizer(index, dimensions, cells, byte, faiss.METRIC_INNER_PRODUCT)
        index.nprobe = min(PROBES, cells)
        index.cp.seed = _SEED
        drawn = np.random.default_rng(_SEED).choice(rows, min(len(rows), _TRAIN_EACH * cells), replace=False)
        index.train(_singles(vectors, np.sort(drawn)))
    for start in range(0, len(rows), 65_536):
        index.add(_singles(vectors, rows[start : start + 65_536]))
    return index


def _singles(vectors: Vectors, rows: Integers) -> Singles:
    return np.ascontiguousarray(vectors[rows], dtype=np.float32)


def _search(index: Any, vectors: Vectors, rows: Integers, asked: Integers, bar: float, least: float) -> VectorPairs:
    limits, _, found = index.range_search(_singles(vectors, asked), bar)
    sizes = np.diff(limits.astype(np.int64))
    one, other = np.repeat(asked, sizes), rows[found.astype(np.int64)]
    wanted = (one != other) & np.repeat(sizes <= MOST_ALIKE, sizes)
    one, other = np.minimum(one, other)[wanted], np.maximum(one, other)[wanted]
    cosine = _cosines(vectors, one, other)
    alike = cosine >= least
    return VectorPairs.joined([VectorPairs(one[alike], other[alike], cosine[alike])])


def _cosines(vectors: Vectors, one: Integers, other: Integers) -> npt.NDArray[np.float64]:
    """Measured on the stored vectors, rounded to six places."""
    out = np.zeros(len(one))
    for start in range(0, len(one), 65_536):
        here = slice(start, start + 65_536)
        left, right = (vectors[rows[here]].astype(np.float64) for rows in (one, other))
        lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
        out[here] = (left * right).sum(axis=1) / lengths
    return np.round(out, 6)
