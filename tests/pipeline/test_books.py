"""The books show what went missing."""

from __future__ import annotations

from pathlib import Path

from formats.ledger import KEPT, Verdict, dropped, failed
from pipeline.books import corpus_books, imbalances, stage_books
from pipeline.corpus_folder import AnnotationRow, ClipRow, CorpusFolder, PackedRow


def _clip(key: str, verdict: Verdict) -> ClipRow:
    return ClipRow(key=key, artifact=f"clips/{key}", seconds=0.0, made=None, verdict=verdict)


def test_reasons_are_counted_apart() -> None:
    books = stage_books("cut", "clips", 4, [KEPT, dropped("a"), failed("b", ""), failed("b", "")])
    assert (books.kept, dict(books.dropped), dict(books.failed)) == (1, {"a": 1}, {"b": 2})
    assert books.balanced()
    assert books.failed_share == 0.5


def test_a_row_without_an_outcome_unbalances_a_stage() -> None:
    assert not stage_books("cut", "clips", 3, [KEPT, KEPT]).balanced()


def test_a_clip_that_was_never_annotated_shows(tmp_path: Path) -> None:
    folder = CorpusFolder(str(tmp_path))
    folder.clips.write([_clip("a", KEPT), _clip("b", KEPT)], "")
    folder.annotations.write([AnnotationRow(key="a", artifact="x", seconds=0.0, verdict=KEPT)], "")
    assert any(problem.startswith("annotate: 2 clips went in") for problem in imbalances(folder))


def test_a_packed_clip_that_the_manifest_lacks_shows(tmp_path: Path) -> None:
    folder = CorpusFolder(str(tmp_path))
    folder.packed.write([PackedRow(key="a", shard="shards/train-00000.tar", verdict=KEPT)], "")
    assert "pack: clip a is not in the manifest" in imbalances(folder)


def test_a_new_folder_has_no_books(tmp_path: Path) -> None:
    assert corpus_books(CorpusFolder(str(tmp_path))) == []
    assert imbalances(CorpusFolder(str(tmp_path))) == []
