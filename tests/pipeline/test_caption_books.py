from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from formats.ledger import KEPT, failed
from pipeline.caption_books import caption_books
from pipeline.corpus_folder import AnnotationRow, CorpusFolder, ReferenceRow
from pipeline.report_captions import caption_tallies, token_histogram
from pipeline.status_command import print_status


def row(key: str, **counts: object) -> AnnotationRow:
    return AnnotationRow.model_validate({"key": key, "artifact": key, "seconds": 1.0, "verdict": KEPT, **counts})


BOTH = {"repaired:wrapped": 3, "rejected:refused": 1}
FAILED = failed("server_error", "It failed.")
ASKED = [
    row("a", asks=10, retries=1, pictures=80, prompt_tokens=20_000, answer_tokens=900, faults={"retried:refused": 1}),
    row("b", asks=12, retries=2, prompt_tokens=22_000, answer_tokens=1_100, measured=1, faults=BOTH),
    AnnotationRow(key="c", artifact="c", seconds=1.0, verdict=FAILED, passing=True, asks=3),
]


@pytest.fixture
def folder(tmp_path: Path) -> CorpusFolder:
    return CorpusFolder(str(tmp_path))


def test_counts_are_sums_over_every_clip_that_was_asked_about(folder: CorpusFolder) -> None:
    folder.annotations.write(ASKED, "f")
    books = caption_books(folder)
    assert books is not None
    assert (books.clips, books.asks, books.retries, books.prompt_tokens, books.answer_tokens) == (
        3,
        25,
        3,
        42_000,
        2_000,
    )
    assert books.faults == {"wrapped": {"repaired": 3}, "refused": {"retried": 1, "rejected": 1}}
    assert "25 questions (3 again), 42,000 tokens in, 2,000 out, 14,667 per clip" in books.line
    assert "refused 2 (retried 1, rejected 1)" in books.line


def test_the_report_shows_totals_faults_and_tokens_per_clip(folder: CorpusFolder) -> None:
    folder.annotations.write(ASKED, "f")
    asked, faults = caption_tallies(folder)
    assert ("tokens in", 42_000) in asked.counts and ("measured words instead", 1) in asked.counts
    assert faults.counts == (("wrapped: repaired", 3), ("refused: retried", 1), ("refused: rejected", 1))
    tokens = token_histogram(folder)
    assert tokens is not None and sum(tokens.counts) == 3


def test_a_name_that_was_given_up_after_all_questions_is_a_fault_too(folder: CorpusFolder) -> None:
    folder.annotations.write(ASKED, "f")
    folder.references.write([ReferenceRow(key="a", artifact="a", seconds=1.0, verdict=KEPT, two_names=4)], "f")
    books = caption_books(folder)
    assert books is not None and next(iter(books.faults.items())) == ("two_names", {"repaired": 4})


def test_where_nobody_was_asked_nothing_is_told(folder: CorpusFolder) -> None:
    assert caption_books(folder) is None
    folder.annotations.write([row("a")], "f")
    assert caption_books(folder) is None
    assert caption_tallies(folder) == () and token_histogram(folder) is None


def test_status_tells_the_counts_to_scripts(folder: CorpusFolder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.annotations.write(ASKED, "f")
    print_status(folder.root, as_json=True)
    told = json.loads(capsys.readouterr().out)["captions"]
    assert told["asks"] == 25 and told["faults"]["refused"] == {"retried": 1, "rejected": 1}


def test_a_table_of_before_there_were_models_is_read(folder: CorpusFolder) -> None:
    folder.annotations.write([row("a")], "f")
    path = folder.root / "annotations" / "annotations.parquet"
    old = pq.read_table(path).select(["key", "artifact", "seconds", "verdict"])
    pq.write_table(old, path)
    assert folder.annotations.rows() == [row("a")]
