"""Balance by tag: no value of a tag has more clips than its cap."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from operators.decisions.candidate_columns import CandidateColumns, Integers, Mask
from operators.decisions.verdict_sheet import VerdictSheet
from operators.filter import CAMERA, TAGS, BalanceRule, exact
from operators.scores.camera_class import CAMERA_CLASSES

_GOLDEN, _FIRST, _SECOND = (np.uint64(one) for one in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


@dataclass(frozen=True)
class FilmTags:
    """Of each film, in the order of ``CandidateColumns.films``: its split, and its metadata as JSON text (or empty)."""

    split: tuple[str, ...]
    metadata: tuple[str, ...]


def tag_codes(candidates: CandidateColumns, films: FilmTags, rule: BalanceRule) -> Integers:
    """``(N,)``: equal numbers for equal values of the tag. Films without a metadata key share one value of their own, and so
    do candidates whose tags are not known."""
    if rule.edges:
        return np.digitize(candidates.values[rule.tag], rule.edges)
    if rule.tag == "shots":
        return candidates.values["shots"].astype(np.int64)
    if rule.tag == "film":
        return candidates.film
    if rule.tag == CAMERA:
        return _camera_codes(candidates)
    if rule.tag.startswith(TAGS):
        return candidates.tags[rule.tag.removeprefix(TAGS)]
    texts = films.split if rule.tag == "split" else _metadata_values(films.metadata, rule.tag.partition(".")[2])
    _, codes = np.unique(np.array(texts, dtype=str), return_inverse=True)
    return codes.astype(np.int64)[candidates.film]


def _camera_codes(candidates: CandidateColumns) -> Integers:
    """The class of most looks, of as many the first; -1 where nothing was looked at."""
    shares = np.stack([candidates.values[score.name] for score in CAMERA_CLASSES])
    return np.where(np.isnan(shares[0]), -1, np.nan_to_num(shares).argmax(axis=0)).astype(np.int64)


def _metadata_values(metadata: Sequence[str], key: str) -> list[str]:
    values = [json.loads(text) if text else {} for text in metadata]
    return [json.dumps(each.get(key), sort_keys=True) if isinstance(each, dict) else "null" for each in values]


def find_cap(codes: Integers, rule: BalanceRule) -> int:
    """``codes``: of the rows considered. With ``share``: the largest cap that leaves no value more than the share of what is
    left; of fewer values than 1 / share, all are cut to the size of the smallest, which is as even as they can be."""
    if rule.cap is not None:
        return rule.cap
    _, sizes = np.unique(codes, return_counts=True)
    if not len(sizes):
        return 0
    share = max(exact(rule.share or 1.0), Fraction(1, len(sizes)))
    return _largest_cap(np.sort(sizes), share)


def _largest_cap(sizes: npt.NDArray[np.int64], share: Fraction) -> int:
    """The left side of ``cap <= share * sum(min(size, cap))`` outgrows the right at one point; found by bisection."""
    low, high = 0, int(sizes[-1])
    while low < high:
        cap = (low + high + 1) // 2
        if cap <= share * int(np.minimum(sizes, cap).sum()):
            low = cap
        else:
            high = cap - 1
    return low


def drop_over_cap(
    candidates: CandidateColumns, codes: Integers, taken: Mask, rule: BalanceRule, cap: int, sheet: VerdictSheet
) -> None:
    """``balance:TAG``; the value is the row's place within its tag's value, from 1. ``taken``: ``(N,)``, rows that stand and
    use up room before any other."""
    rows = np.flatnonzero(sheet.passed & ~taken)
    _, group = np.unique(codes, return_inverse=True)
    used = np.bincount(group[taken], minlength=int(group.max(initial=0)) + 1)
    places = _places(rows, group, _order(candidates, rows, rule)) + used[group[rows]]
    value = np.full(len(candidates), np.nan)
    value[rows] = places
    reason = (f"balance:{rule.tag}", f"more clips of the same {rule.tag} than filter.balance allows")
    sheet.drop(value > cap, reason, value, cap)


def _order(candidates: CandidateColumns, rows: Integers, rule: BalanceRule) -> tuple[npt.NDArray[np.generic], ...]:
    """Sort keys as ``np.lexsort`` takes them, the last one first."""
    if rule.best:
        return candidates.key_rank[rows], -candidates.values[rule.best][rows]
    return candidates.key_rank[rows], hash_keys(candidates.keys.take(rows).to_pylist())


def hash_keys(keys: Sequence[str]) -> npt.NDArray[np.uint64]:
    """``(N,)``: a hash of each key, whatever the others are: its bytes, eight at a time, through the finaliser of SplitMix64
    (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014)."""
    texts = np.array([key.encode() for key in keys], dtype=np.bytes_)
    width = -(-max(texts.itemsize, 1) // 8) * 8
    words = texts.astype(f"S{width}").view("<u8").reshape(len(keys), width // 8)
    mixed = np.zeros(len(keys), np.uint64)
    for column in words.T:
        each = (mixed ^ column) + _GOLDEN
        each = (each ^ (each >> np.uint64(30))) * _FIRST
        each = (each ^ (each >> np.uint64(27))) * _SECOND
        mixed = np.where(column > 0, each ^ (each >> np.uint64(31)), mixed)
    return mixed


def _places(rows: Integers, group: Integers, order: tuple[npt.NDArray[np.generic], ...]) -> Integers:
    """``(len(rows),)``: each row's place within its group, from 1."""
    ranked = np.lexsort((*order, group[rows]))
    groups = group[rows][ranked]
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    runs = np.diff(np.append(starts, len(ranked)))
    places = np.empty(len(rows), np.int64)
    places[ranked] = np.arange(len(ranked)) - np.repeat(starts, runs) + 1
    return places
