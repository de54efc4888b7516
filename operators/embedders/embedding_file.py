"""What a learned embedder said of a film's fragments: one small Parquet file beside the film's scan.

Columns ``head``, ``middle`` and ``tail``: fixed-size lists of D float16, vectors of length 1; row number i is fragment
number i of the scan; null where a fragment is too short to hold a sampled picture. The schema's metadata has ``role``,
``id``, ``revision`` and ``license`` of the embedder, and ``dimensions`` (D), as UTF-8 text. Vectors compare by cosine.
Columns compress badly and are stored as they are: 6 * D bytes a fragment.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from formats.clip_record import Model

EMBEDDINGS_SUFFIX = ".embeddings.parquet"
"""In place of the scan's ``.json``."""

PLACES = ("head", "middle", "tail")

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FragmentEmbeddings:
    """``vectors``: ``(F, 3, D)`` float32 for head, middle and tail of each fragment, rows of length 1; NaN where a
    fragment has none."""

    model: Model
    vectors: Vectors

    def mean(self) -> Vectors:
        """``(F, D)``: one vector of length 1 per fragment, the direction of the sum of its three; NaN where there are
        none, or where they cancel out."""
        total = self.vectors.sum(axis=1)
        length = np.linalg.norm(total, axis=1, keepdims=True)
        means: Vectors = total / np.where(length > 0, length, np.nan)
        return means


def write_embeddings(embeddings: FragmentEmbeddings, path: Path) -> None:
    """Equal embeddings give equal bytes (with one build of pyarrow)."""
    count, _, dimensions = embeddings.vectors.shape
    absent = np.isnan(embeddings.vectors).any(axis=(1, 2)) | (dimensions == 0)
    kind = pa.list_(pa.float16(), max(dimensions, 1))
    columns = []
    for place in range(len(PLACES)):
        values = np.zeros((count, max(dimensions, 1)), np.float16)
        values[~absent, :dimensions] = embeddings.vectors[~absent, place]
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), type=kind, mask=pa.array(absent)))
    facts = embeddings.model.model_dump() | {"dimensions": dimensions}
    metadata = {name: str(value) for name, value in sorted(facts.items())}
    schema = pa.schema([(name, kind) for name in PLACES], metadata=metadata)
    table = pa.Table.from_arrays(columns, schema=schema)
    pq.write_table(table, path, compression="none", use_dictionary=False)


def read_embeddings(path: Path) -> FragmentEmbeddings:
    """What ``write_embeddings`` wrote. Raises ``ValueError`` for any other file."""
    try:
        table = pq.read_table(path)
        facts = {name.decode(): value.decode() for name, value in (table.schema.metadata or {}).items()}
        dimensions = int(facts["dimensions"])
        model = Model(role=facts["role"], id=facts["id"], revision=facts["revision"], license=facts["license"])
        vectors = np.stack([_rows(table.column(name), dimensions) for name in PLACES], axis=1)
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise ValueError(f"{path} is no file of fragment embeddings: {error}") from error
    return FragmentEmbeddings(model, vectors)


def _rows(column: pa.ChunkedArray, dimensions: int) -> Vectors:
    out = np.full((len(column), dimensions), np.nan, np.float32)
    present = np.asarray(column.is_valid())
    if present.any():
        values = column.drop_null().combine_chunks().flatten().to_numpy(zero_copy_only=False)
        out[present] = values.reshape(-1, dimensions)
    return out
