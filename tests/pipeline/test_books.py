"""The books show what went missing, and what came from nowhere."""

from __future__ import annotations

from pathlib import Path

from formats.ledger import KEPT, Verdict, dropped, failed
from pipeline.books import corpus_books, imbalances
from pipeline.corpus_folder import (
    AnnotationRow,
    ClipRow,
    CorpusFolder,
    DecisionRow,
    FilmShotRow,
    PackedRow,
    ReferenceRow,
    SourceRow,
)
from pipeline.stage_books import intake_of, stage_books


def _source(path: str) -> SourceRow:
    return SourceRow(
        path=path,
        uri=path,
        bytes=1,
        mtime_ns=1,
        sha256=path * 64,
        license="",
        attribution="",
        url="",
        split="",
        metadata="",
        duplicate_of="",
        artifact="",
        frames=1,
        fps="24/1",
        vfr=False,
        duration=1.0,
        seconds=0.0,
        verdict=KEPT,
    )


def _clip(key: str, verdict: Verdict) -> ClipRow:
    return ClipRow(key=key, artifact=f"clips/{key}", seconds=0.0, made=None, verdict=verdict)


def _shot(number: int, candidate: str) -> FilmShotRow:
    frames = (number * 10, number * 10 + 10)
    return FilmShotRow(sha256="a" * 64, shot=number, run=frames, frames=frames, candidate=candidate, verdict=KEPT)


def _folder(tmp_path: Path) -> CorpusFolder:
    folder = CorpusFolder(str(tmp_path))
    folder.sources.write([_source("a")], "")
    return folder


def test_reasons_are_counted_apart() -> None:
    rows = [("1", KEPT), ("2", dropped("a")), ("3", failed("b", "")), ("4", failed("b", ""))]
    books = stage_books("cut", "clips", "1234", rows)
    assert (books.kept, dict(books.dropped), dict(books.failed)) == (1, {"a": 1}, {"b": 2})
    assert books.problems == ()
    assert books.failed_share == 0.5


def test_a_row_that_is_missing_and_one_too_many_are_named() -> None:
    books = stage_books("cut", "clips", ["a", "b"], [("b", KEPT), ("c", KEPT)])
    assert books.problems == ("cut: a went in and has no row", "cut: c has a row more than went in")


def test_a_shot_without_a_row_shows(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    folder.shots.write([_shot(0, ""), _shot(2, "")], "")
    folder.candidates.write([], "", intake_of({"a" * 64}))
    folder.decisions.write([], "", "")
    assert any("shot 1 of film" in problem for problem in imbalances(corpus_books(folder)))


def test_a_candidate_that_shots_name_and_no_row_has_shows(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    folder.shots.write([_shot(0, "key")], "")
    folder.candidates.write([], "", intake_of({"a" * 64}))
    folder.decisions.write([], "", "")
    assert imbalances(corpus_books(folder)) == ["select: key went in and has no row"]


def test_a_clip_under_another_name_shows(tmp_path: Path) -> None:
    folder = _with_candidates(tmp_path, ["a"])
    folder.clips.write([_clip("b", KEPT)], "", intake_of(["a"]))
    problems = imbalances(corpus_books(folder))
    assert problems == ["cut: a went in and has no row", "cut: b has a row more than went in"]


def test_a_stage_that_has_not_run_since_is_behind_and_no_error(tmp_path: Path) -> None:
    folder = _with_candidates(tmp_path, ["a", "b"])
    folder.clips.write([_clip("a", KEPT)], "", intake_of(["a"]))
    folder.annotations.write([AnnotationRow(key="a", artifact="", seconds=0, verdict=KEPT)], "", intake_of(["a"]))
    books = corpus_books(folder)
    assert [stage.name for stage in books if stage.behind] == ["cut", "annotate"]
    assert imbalances(books) == []


def test_where_reference_images_are_wanted_only_clips_that_were_looked_through_go_on(tmp_path: Path) -> None:
    folder = _with_candidates(tmp_path, ["a", "b"])
    folder.clips.write([_clip("a", KEPT), _clip("b", KEPT)], "", intake_of(["a", "b"]))
    words = [AnnotationRow(key=key, artifact="", seconds=0, verdict=KEPT) for key in "ab"]
    folder.annotations.write(words, "", intake_of(["a", "b"]))
    images = [
        ReferenceRow(key="a", artifact="", seconds=0, verdict=KEPT),
        ReferenceRow(key="b", artifact="", seconds=0, verdict=failed("frame_missing", "")),
    ]
    folder.references.write(images, "", intake_of(["a", "b"]))
    folder.packed.write([PackedRow(key="a", shard="", verdict=failed("invalid_record", ""))], "", intake_of(["a"]))
    books = {stage.name: stage for stage in corpus_books(folder)}
    assert list(books)[-3:] == ["annotate", "references", "pack"]
    assert dict(books["references"].failed) == {"frame_missing": 1} and books["pack"].incoming == 1
    assert imbalances(books.values()) == [] and not any(stage.behind for stage in books.values())


def test_a_packed_clip_that_the_manifest_lacks_shows(tmp_path: Path) -> None:
    folder = _with_candidates(tmp_path, ["a"])
    folder.clips.write([_clip("a", KEPT)], "", intake_of(["a"]))
    folder.annotations.write([AnnotationRow(key="a", artifact="", seconds=0, verdict=KEPT)], "", intake_of(["a"]))
    folder.packed.write([PackedRow(key="a", shard="shards/train-00000.tar", verdict=KEPT)], "", intake_of(["a"]))
    assert imbalances(corpus_books(folder)) == ["pack: clip a is not in the manifest"]


def test_a_new_folder_has_no_books(tmp_path: Path) -> None:
    assert corpus_books(CorpusFolder(str(tmp_path))) == []


def test_decisions_about_other_candidates_are_behind_and_no_error(tmp_path: Path) -> None:
    folder = _with_candidates(tmp_path, ["a"])
    folder.candidates.write([], "made anew", intake_of({"a" * 64}))
    assert [stage.name for stage in corpus_books(folder) if stage.behind] == ["select"]
    assert imbalances(corpus_books(folder)) == []


def test_a_candidate_without_a_decision_shows(tmp_path: Path) -> None:
    folder = _with_candidates(tmp_path, ["a", "b"])
    folder.decisions.write(folder.decisions.rows()[:1], "", "made")
    assert imbalances(corpus_books(folder)) == ["select: b went in and has no row"]


def _with_candidates(tmp_path: Path, keys: list[str]) -> CorpusFolder:
    folder = _folder(tmp_path)
    folder.shots.write([_shot(number, key) for number, key in enumerate(keys)], "")
    folder.candidates.write([], "made", intake_of({"a" * 64}))
    rows = [DecisionRow(key=key, sha256="a" * 64, split="train", verdict=KEPT) for key in keys]
    folder.decisions.write(rows, "", "made")
    return folder
