"""Stage tables: pydantic rows to Parquet and back, with the stage's fingerprint. They are the ledger."""

from __future__ import annotations

import io
import json
import types
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from formats.filesystem import CorpusStore

Row = TypeVar("Row", bound=BaseModel)

_SIMPLE = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_FINGERPRINT = b"shotloom.fingerprint"
_INTAKE = b"shotloom.intake"


class StageTable(Generic[Row]):
    """One table of one row type at a fixed name of the corpus. Simple fields become typed columns, nested ones JSON text."""

    def __init__(self, store: CorpusStore, name: str, row_type: type[Row]) -> None:
        self.store = store
        self.name = name
        self.row_type = row_type
        self.schema = pa.schema([_column(name, field.annotation) for name, field in row_type.model_fields.items()])

    def exists(self) -> bool:
        return self.store.exists(self.name)

    def write(self, rows: Sequence[Row], fingerprint: str, intake: str = "") -> None:
        """Replace the table in one step, unless it would not change. ``intake`` names what the stage before handed over."""
        columns = {field.name: [_cell(row, field) for row in rows] for field in self.schema}
        metadata = {_FINGERPRINT: fingerprint.encode(), _INTAKE: intake.encode()}
        table = pa.table(columns, schema=self.schema.with_metadata(metadata))
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        if not self.exists() or self.store.read_bytes(self.name) != buffer.getvalue():
            self.store.write_atomic(self.name, buffer.getvalue())

    def rows(self) -> list[Row]:
        """All rows; none when the stage has not run."""
        if not self.exists():
            return []
        table = pq.read_table(io.BytesIO(self.store.read_bytes(self.name)))
        nested = {field.name for field in self.schema if (field.metadata or {}).get(b"json")}
        return [self.row_type.model_validate(_values(row, nested)) for row in table.to_pylist()]

    def fingerprint(self) -> str:
        """Of the run that wrote the table; empty when there is none."""
        return self._metadata(_FINGERPRINT)

    def intake(self) -> str:
        """What the stage before had handed over when the table was written; empty when there is none."""
        return self._metadata(_INTAKE)

    def _metadata(self, name: bytes) -> str:
        if not self.exists():
            return ""
        with self.store.open_read(self.name) as stream:
            metadata = pq.read_schema(stream).metadata or {}
        return str(metadata.get(name, b"").decode())


def _column(name: str, annotation: Any) -> pa.Field:
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
    if get_origin(annotation) is not None and all(isinstance(arg, str) for arg in get_args(annotation)):
        annotation = str
    if annotation in _SIMPLE:
        return pa.field(name, _SIMPLE[annotation])
    return pa.field(name, pa.string(), metadata={b"json": b"1"})


def _cell(row: BaseModel, field: pa.Field) -> Any:
    value = getattr(row, field.name)
    if not (field.metadata or {}).get(b"json") or value is None:
        return value
    dumped = row.model_dump(mode="json", include={field.name})[field.name]
    return json.dumps(dumped, ensure_ascii=False, sort_keys=True)


def _values(row: dict[str, Any], nested: set[str]) -> dict[str, Any]:
    return {key: json.loads(value) if key in nested and value is not None else value for key, value in row.items()}
