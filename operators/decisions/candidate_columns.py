"""Candidates of a corpus as columns, N rows: what decisions read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CandidateColumns:
    """``keys``: N distinct texts. ``film``: ``(N,)`` index into ``films``, sha256 each. ``values``: ``(N,)`` per score, NaN
    where it was not measured; ``seconds`` and ``shots`` are always there. ``tags``: ``(N,)`` per node, equal numbers for equal
    values, 0 for none."""

    keys: pa.Array
    film: Integers
    films: tuple[str, ...]
    values: Mapping[str, Floats]
    tags: Mapping[str, Integers] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def key_rank(self) -> Integers:
        """``(N,)``: place of each key among all, sorted; what ties go by."""
        rank = np.empty(len(self.keys), np.int64)
        rank[np.asarray(pc.sort_indices(self.keys))] = np.arange(len(self.keys))
        return rank


def candidate_columns(table: pa.Table, names: Iterable[str]) -> CandidateColumns:
    """``table``: columns ``key``, ``sha256`` (texts), ``seconds``, ``shots`` (numbers), ``scores`` (map); ``names``: scores
    that are needed."""
    films = _as_dictionary(_one_array(table["sha256"]))
    values = {"seconds": _floats(table["seconds"]), "shots": _floats(table["shots"])}
    wanted = sorted(set(names) - set(values))
    return CandidateColumns(
        keys=_one_array(table["key"]),
        film=np.asarray(films.indices).astype(np.int64),
        films=tuple(films.dictionary.to_pylist()),
        values=values | _score_columns(_one_array(table["scores"]), wanted),
    )


def tag_codes_of(keys: pa.Array, tags: pa.Table, nodes: Iterable[str]) -> dict[str, Integers]:
    """For ``CandidateColumns.tags``. ``tags``: as ``formats/clip_tags.py`` has it, at most one row per key and node."""
    found = {}
    for node in nodes:
        rows = tags.filter(pc.equal(tags["node"], node))
        values = _as_dictionary(_one_array(rows["value"]))
        place = pc.index_in(keys, _one_array(rows["key"])) if rows.num_rows else pa.nulls(len(keys), pa.int32())
        codes = np.zeros(len(keys), np.int64)
        known = np.asarray(pc.is_valid(place))
        codes[known] = np.asarray(values.indices)[np.asarray(place.drop_null())] + 1
        found[node] = codes
    return found


def _score_columns(scores: pa.MapArray, names: Sequence[str]) -> dict[str, Floats]:
    if not names:
        return {}
    offsets = np.asarray(scores.offsets)
    rows = np.repeat(np.arange(len(scores)), np.diff(offsets))
    inside = slice(int(offsets[0]), int(offsets[-1]))
    named = _as_dictionary(scores.keys)
    which, labels = np.asarray(named.indices)[inside], named.dictionary.to_pylist()
    measured = np.asarray(scores.items)[inside]
    found = {}
    for name in names:
        column = np.full(len(scores), np.nan)
        if name in labels:
            here = which == labels.index(name)
            column[rows[here]] = measured[here]
        found[name] = column
    return found


def _as_dictionary(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    """An array whatever the number of chunks."""
    joined = column.combine_chunks()
    return joined.chunk(0) if isinstance(joined, pa.ChunkedArray) and joined.num_chunks else joined


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(column).astype(np.float64)
