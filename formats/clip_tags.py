"""A table of clips' tags by key, apart from any corpus: what a later selection may balance by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from formats.filesystem import CorpusStore

CLIP_TAGS_SCHEMA: pa.Schema = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("key", "node", "value")]
)
MAX_ROWS = 500_000_000


class ClipTagError(ValueError):
    """A file that is no table of clip tags."""


@dataclass(frozen=True)
class ClipTag:
    """``value`` is the one that stands for the whole clip; a clip has at most one per node."""

    key: str
    node: str
    value: str


def clip_tag_table(tags: Iterable[ClipTag]) -> pa.Table:
    """Sorted by node and key."""
    rows = sorted({(tag.key, tag.node, tag.value) for tag in tags}, key=lambda row: (row[1], row[0], row[2]))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, CLIP_TAGS_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=CLIP_TAGS_SCHEMA)


def with_clips_replaced(before: pa.Table, keys: Collection[str], now: pa.Table) -> pa.Table:
    """``before`` without the clips of ``keys``, then ``now``; sorted by node and key, so that equal contents are equal bytes
    and the tags of a node lie together."""
    others = before.filter(pc.invert(pc.is_in(before["key"], pa.array(sorted(keys), pa.string()))))
    return pa.concat_tables([others, now]).combine_chunks().sort_by([("node", "ascending"), ("key", "ascending")])


def write_clip_tags(path: Path, table: pa.Table) -> None:
    """Whole or not at all."""
    with CorpusStore(path.resolve().parent).open_write(path.name) as sink:
        pq.write_table(table, sink, compression="zstd")


def read_clip_tags(path: Path, nodes: Sequence[str] | None = None) -> pa.Table:
    """With ``nodes``, only tags of these, without reading the rest. Raises ``ClipTagError``, and ``OSError`` where there is no such
    file."""
    try:
        metadata = pq.read_metadata(path)
        names = metadata.schema.to_arrow_schema().names
        if names != CLIP_TAGS_SCHEMA.names:
            raise ClipTagError(f"{path}: has the columns {names}, not {CLIP_TAGS_SCHEMA.names}")
        if metadata.num_rows > MAX_ROWS:
            raise ClipTagError(f"{path}: more than {MAX_ROWS} rows")
        wanted = None if nodes is None else pc.field("node").isin(pa.array(list(nodes), pa.string()))
        return pq.read_table(path, partitioning=None, filters=wanted).cast(CLIP_TAGS_SCHEMA)
    except ClipTagError:
        raise
    except (pa.ArrowException, ValueError) as error:
        raise ClipTagError(f"{path}: is no Parquet file of texts: {error}") from error
