"""Stage tables keep every row and say what they were made from."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from formats.filesystem import CorpusStore
from formats.ledger import Verdict
from pipeline.corpus_folder import AnnotationRow, FilmShotRow
from pipeline.stage_table import StageTable

_texts = st.text(st.characters(codec="utf-8"))
_verdicts = st.builds(
    Verdict,
    outcome=st.sampled_from(["kept", "dropped", "failed"]),
    reason=_texts,
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    limit=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    detail=_texts,
)
_ranges = st.tuples(st.integers(0, 2**40), st.integers(0, 2**20)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_rows = st.builds(
    FilmShotRow,
    sha256=_texts,
    shot=st.integers(0, 2**31),
    run=_ranges,
    frames=_ranges,
    candidate=_texts,
    verdict=_verdicts,
)


@given(rows=st.lists(_rows, max_size=5))
def test_rows_come_back_as_they_were_written(tmp_path_factory, rows: list[FilmShotRow]) -> None:
    store = CorpusStore(tmp_path_factory.mktemp("corpus"))
    table = StageTable(store, "select/shots.parquet", FilmShotRow)
    table.write(rows, "abc")
    assert table.rows() == rows
    assert table.fingerprint() == "abc"


def test_a_table_that_was_never_written_is_empty(tmp_path: Path) -> None:
    table = StageTable(CorpusStore(tmp_path), "a/b.parquet", AnnotationRow)
    assert not table.exists()
    assert table.rows() == []
    assert table.fingerprint() == ""


def test_numbers_are_columns_of_their_type(tmp_path: Path) -> None:
    table = StageTable(CorpusStore(tmp_path), "a.parquet", AnnotationRow)
    table.write([AnnotationRow(key="k", artifact="a", seconds=1.5, verdict=Verdict(outcome="kept"))], "")
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert str(schema.field("seconds").type) == "double"
    assert str(schema.field("key").type) == "string"
