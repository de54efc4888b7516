"""Equal clips: two candidates are near-duplicates if a share of the shorter one's shots is found in the other.

The shorter one is that with fewer shots that have a hash; of two with as many, it must hold both ways round. Each shot counts
once, at its nearest equal in the other. The distance of a pair is the mean over the shots found, in bits of 64.
"""

from __future__ import annotations

from binascii import unhexlify
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from operators.decisions.duplicate_drop import DuplicatePairs
from operators.near_duplicates.shot_index import MOST_ALIKE, Bytes, ShotMatches

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
HASHES_PER_SHOT = 3
HEX_DIGITS = 48


@dataclass(frozen=True)
class HashedShots:
    """Shots with a hash, T of them: ``candidate`` ``(T,)``, and ``which`` ``(T,)`` of the distinct ``hashes``, ``(S, 24)`` uint8
    sorted as bytes."""

    candidate: Integers
    which: Integers
    hashes: Bytes
    candidates: int


def hashed_shots(column: pa.ChunkedArray) -> HashedShots:
    """``column``: per candidate its shots' hashes, 48 hex digits each, empty where there is none. Raises ``ValueError`` for
    others."""
    owners, parts, candidates = [np.zeros(0, np.int64)], [np.zeros((0, HASHES_PER_SHOT), np.uint64)], 0
    for chunk in column.chunks:
        owner, part = _words(chunk)
        owners.append(owner + candidates)
        parts.append(part)
        candidates += len(chunk)
    words = np.concatenate(parts)
    order = _in_order(words)
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (words[order[1:]] != words[order[:-1]]).any(axis=1)
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(fresh) - 1
    distinct = words[order[fresh]].astype(">u8").view(np.uint8).reshape(-1, HEX_DIGITS // 2)
    return HashedShots(np.concatenate(owners), which, distinct, candidates)


def _words(chunk: pa.ListArray) -> tuple[Integers, npt.NDArray[np.uint64]]:
    """Of every shot with a hash: its candidate's place in the chunk, and the hash as numbers."""
    texts = pc.list_flatten(chunk)
    lengths = np.asarray(pc.binary_length(texts))
    if not np.isin(lengths, (0, HEX_DIGITS)).all():
        raise ValueError(f"a shot's hash has {HEX_DIGITS} hex digits")
    words = np.frombuffer(unhexlify(_joined(texts)), ">u8").reshape(-1, HASHES_PER_SHOT).astype(np.uint64)
    return np.asarray(pc.list_parent_indices(chunk)).astype(np.int64)[lengths > 0], words


def _joined(texts: pa.StringArray) -> memoryview:
    """All texts, one after another."""
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    place = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return memoryview(data)[place[0] : place[1]]


def _in_order(words: npt.NDArray[np.uint64]) -> Integers:
    """``(T, W)``: the rows' order. Few share their first word, so most of it is a sort of single numbers."""
    order = np.argsort(words[:, 0])
    first = words[order, 0]
    tied = np.zeros(len(order), np.bool_)
    tied[1:] = first[1:] == first[:-1]
    tied[:-1] |= tied[1:]
    again = order[tied]
    order[tied] = again[np.lexsort(words[again].T[::-1])]
    return order


def clip_pairs(shots: HashedShots, matches: ShotMatches, share: Fraction, limit: float) -> DuplicatePairs:
    """Near-duplicates among candidates. ``matches`` are of ``shots.hashes``; a hash that more than ``MOST_ALIKE`` shots have
    counts for nothing."""
    order = np.argsort(shots.which, kind="stable")
    starts = np.searchsorted(shots.which[order], np.arange(len(shots.hashes) + 1))
    sizes = np.diff(starts)
    usable = sizes <= MOST_ALIKE
    same = np.flatnonzero(usable & (sizes > 1))
    wanted = usable[matches.one] & usable[matches.other]
    one = np.concatenate([same, matches.one[wanted]])
    other = np.concatenate([same, matches.other[wanted]])
    distance = np.concatenate([np.zeros(len(same), np.int64), matches.distance[wanted]])
    left, right, far = _all_shots(order, starts, one, other, distance)
    return _pairs(shots, left, right, far, share, limit)


def _all_shots(
    order: Integers, starts: Integers, one: Integers, other: Integers, distance: Integers
) -> tuple[Integers, Integers, Integers]:
    """Pairs of hashes as pairs of the shots that have them, both ways round."""
    counts = (starts[one + 1] - starts[one]) * (starts[other + 1] - starts[other])
    pair = np.repeat(np.arange(len(one)), counts)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = (starts[other + 1] - starts[other])[pair]
    left = order[starts[one][pair] + place // np.maximum(width, 1)]
    right = order[starts[other][pair] + place % np.maximum(width, 1)]
    far = distance[pair]
    return np.concatenate([left, right]), np.concatenate([right, left]), np.concatenate([far, far])


def _pairs(
    shots: HashedShots, left: Integers, right: Integers, far: Integers, share: Fraction, limit: float
) -> DuplicatePairs:
    mine, theirs = shots.candidate[left], shots.candidate[right]
    apart = mine != theirs
    left, mine, theirs, far = left[apart], mine[apart], theirs[apart], far[apart]
    order = np.lexsort((far, left, theirs, mine))
    left, mine, theirs, far = left[order], mine[order], theirs[order], far[order]
    first = np.ones(len(left), np.bool_)
    first[1:] = (np.diff(left) != 0) | (np.diff(theirs) != 0)
    mine, theirs, far = mine[first], theirs[first], far[first]
    edges = (
        np.flatnonzero(np.concatenate([[True], (np.diff(mine) != 0) | (np.diff(theirs) != 0)])) if len(mine) else mine
    )
    found = np.diff(np.append(edges, len(mine)))
    total = np.add.reduceat(far, edges) if len(mine) else far
    mine, theirs = mine[edges], theirs[edges]
    hashed = np.bincount(shots.candidate, minlength=shots.candidates)
    enough = (hashed[mine] <= hashed[theirs]) & (found * share.denominator >= hashed[mine] * share.numerator)
    return _either_way(mine[enough], theirs[enough], (total / found)[enough], hashed, limit)


def _either_way(mine: Integers, theirs: Integers, mean: Floats, hashed: Integers, limit: float) -> DuplicatePairs:
    """Pairs from directed ones: of clips with as many shots each, those where both ways round enough is found."""
    low, high = np.minimum(mine, theirs), np.maximum(mine, theirs)
    pair, which, ways = np.unique(low * len(hashed) + high, return_inverse=True, return_counts=True)
    distance = np.zeros(len(pair))
    np.maximum.at(distance, which, mean / HASHES_PER_SHOT)
    low, high = pair // max(len(hashed), 1), pair % max(len(hashed), 1)
    holds = (hashed[low] != hashed[high]) | (ways == 2)
    return DuplicatePairs(low[holds], high[holds], np.round(distance[holds], 3), limit)
