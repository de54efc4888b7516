"""Stage tables: pydantic rows to Parquet and back, with the stage's fingerprint. They are the ledger."""

from __future__ import annotations

import io
import json
import types
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel

from formats.filesystem import CorpusStore
from formats.ledger import Verdict

Row = TypeVar("Row", bound=BaseModel)

_COLUMNS = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    tuple[float, ...]: pa.list_(pa.float64()),
    tuple[str, ...]: pa.list_(pa.string()),
    dict[str, float]: pa.map_(pa.string(), pa.float64()),
    Verdict: pa.struct(
        [
            ("outcome", pa.string()),
            ("reason", pa.string()),
            ("value", pa.float64()),
            ("limit", pa.float64()),
            ("detail", pa.string()),
        ]
    ),
}
_FINGERPRINT = b"shotloom.fingerprint"
_INTAKE = b"shotloom.intake"
_BATCH = 16_384


class StageTable(Generic[Row]):
    """One table of one row type at a fixed name of the corpus. Simple fields, verdicts and scores become typed columns,
    other nested ones JSON text."""

    def __init__(self, store: CorpusStore, name: str, row_type: type[Row]) -> None:
        self.store = store
        self.name = name
        self.row_type = row_type
        self.schema = pa.schema([_column(name, field.annotation) for name, field in row_type.model_fields.items()])

    def exists(self) -> bool:
        return self.store.exists(self.name)

    def write(self, rows: Sequence[Row], fingerprint: str, intake: str = "") -> None:
        """Replace the table in one step, unless it would not change. ``intake`` names what the stage before handed over."""
        self.write_columns(self.columns_of(rows), fingerprint, intake)

    def write_columns(self, table: pa.Table, fingerprint: str, intake: str = "") -> None:
        """``write`` for rows that are columns already, of ``schema``'s names and types."""
        metadata = {_FINGERPRINT: fingerprint.encode(), _INTAKE: intake.encode()}
        buffer = io.BytesIO()
        pq.write_table(table.cast(self.schema).replace_schema_metadata(metadata), buffer, compression="zstd")
        if not self.exists() or self.store.read_bytes(self.name) != buffer.getvalue():
            self.store.write_atomic(self.name, buffer.getvalue())

    def columns_of(self, rows: Sequence[Row]) -> pa.Table:
        return pa.table({field.name: [_cell(row, field) for row in rows] for field in self.schema}, schema=self.schema)

    def rows_of(self, table: pa.Table) -> list[Row]:
        """The rows of columns as ``columns`` gives them, all of them."""
        return [self.row_type.model_validate(_values(row, self.schema)) for row in table.to_pylist()]

    def rows(self) -> list[Row]:
        """All rows; none when the stage has not run."""
        return self.rows_of(self.columns()) if self.exists() else []

    def rows_where(self, column: str, value: str) -> list[Row]:
        """The rows with this text in this column, without building the others."""
        if not self.exists():
            return []
        table = self.columns()
        return self.rows_of(table.filter(pc.equal(table[column], value)))

    def columns(self, names: Sequence[str] | None = None, repeating: Sequence[str] = ()) -> pa.Table:
        """The table as Arrow columns: all, or those named; ``verdict.reason`` gives that part of a column as a
        column ``reason``. ``repeating``: columns (or keys of a map, ``scores.key_value.key``) to come as dictionaries. Raises
        ``FileNotFoundError``."""
        with self.store.open_read(self.name) as stream:
            return pq.read_table(
                stream, columns=None if names is None else list(names), read_dictionary=list(repeating)
            )

    def take(self, places: npt.NDArray[np.int64]) -> pa.Table:
        """The rows at ``places``, rising from 0, read piece by piece so that the others never lie in memory together."""
        pieces = [self.schema.empty_table()]
        with self.store.open_read(self.name) as stream:
            start = 0
            for batch in pq.ParquetFile(stream).iter_batches(_BATCH):
                first, last = np.searchsorted(places, (start, start + len(batch)))
                if last > first:
                    pieces.append(pa.table(batch.take(pa.array(places[first:last] - start))))
                start += len(batch)
                if last == len(places):
                    break
        return pa.concat_tables([piece.cast(self.schema) for piece in pieces])

    def fingerprint(self) -> str:
        """Of the run that wrote the table; empty when there is none, or none that can be read."""
        return self._metadata(_FINGERPRINT)

    def intake(self) -> str:
        """What the stage before had handed over when the table was written; empty when there is none."""
        return self._metadata(_INTAKE)

    def _metadata(self, name: bytes) -> str:
        if not self.exists():
            return ""
        with self.store.open_read(self.name) as stream:
            try:
                metadata = pq.read_schema(stream).metadata or {}
            except pa.ArrowInvalid:
                return ""
        return str(metadata.get(name, b"").decode())


def _column(name: str, annotation: Any) -> pa.Field:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
    if get_origin(annotation) is not None and all(isinstance(arg, str) for arg in get_args(annotation)):
        annotation = str
    if annotation in _COLUMNS:
        return pa.field(name, _COLUMNS[annotation])
    return pa.field(name, pa.string(), metadata={b"json": b"1"})


def _is_json(field: pa.Field) -> bool:
    return bool((field.metadata or {}).get(b"json"))


def _cell(row: BaseModel, field: pa.Field) -> Any:
    value = getattr(row, field.name)
    if isinstance(value, Verdict):
        return dict(value)
    if pa.types.is_map(field.type):
        return sorted(value.items())
    if not _is_json(field) or value is None:
        return value
    dumped = row.model_dump(mode="json", include={field.name})[field.name]
    return json.dumps(dumped, ensure_ascii=False, sort_keys=True)


def _values(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """A column that an older table lacks is left to its default."""
    return {field.name: _value(row[field.name], field) for field in schema if field.name in row}


def _value(value: Any, field: pa.Field) -> Any:
    if value is None:
        return None
    if _is_json(field):
        return json.loads(value)
    return dict(value) if pa.types.is_map(field.type) else value
