"""Select as a stage: what is made once stays made, and what is broken is made again."""

from __future__ import annotations

from pathlib import Path

from pipeline.corpus_folder import CorpusFolder

FAST = ["--set", "scan.network=none", "--set", "filter.duration.min=1", "--until", "select"]


def _times(corpus: Path, pattern: str) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in corpus.glob(pattern)}


def test_a_changed_limit_on_a_score_redoes_decisions_and_no_candidates(shotloom, films: Path, corpus: Path) -> None:
    before = _times(corpus, "select/*.parquet") | _times(corpus, "select/films/*/*.json")
    done = shotloom("build", films, "--out", corpus, *FAST, "--set", "filter.quantiles=[{name: sharpness, min: 0.5}]")
    assert done.returncode == 0, done.stderr
    after = _times(corpus, "select/*.parquet") | _times(corpus, "select/films/*/*.json")
    assert {name for name in after if after[name] != before[name]} == {"decisions.parquet"}
    assert "quantile_min:sharpness" in shotloom("status", corpus).stdout


def test_a_film_that_is_added_redoes_no_other(shotloom, films: Path, another_film: Path, corpus: Path) -> None:
    files = _times(corpus, "select/films/*/*.json")
    decided = CorpusFolder(str(corpus)).decisions.rows()
    assert shotloom("build", another_film, "--out", corpus, *FAST).returncode == 0
    after = _times(corpus, "select/films/*/*.json")
    assert files.items() < after.items()
    folder = CorpusFolder(str(corpus))
    assert [row for row in folder.decisions.rows() if row in decided] == decided
    for table in (folder.transitions, folder.shots, folder.candidates):
        shas = [row.sha256 for row in table.rows()]
        assert shas == sorted(shas)


def test_tables_that_took_over_rows_are_those_made_at_once(
    shotloom, films: Path, another_film: Path, corpus: Path, tmp_path: Path
) -> None:
    assert shotloom("build", another_film, "--out", corpus, *FAST).returncode == 0
    fresh = tmp_path / "fresh"
    assert shotloom("build", films, another_film, "--out", fresh, *FAST).returncode == 0
    for name in ("transitions", "links", "shots", "candidates", "films"):
        one, other = (where / "select" / f"{name}.parquet" for where in (corpus, fresh))
        assert one.read_bytes() == other.read_bytes(), name


def test_a_broken_file_of_a_film_and_a_broken_table_are_made_again(shotloom, films: Path, corpus: Path) -> None:
    candidates = corpus / "select" / "candidates.parquet"
    film_file = next(corpus.glob("select/films/*/*.json"))
    wanted = candidates.read_bytes(), film_file.read_bytes()
    for broken in (b"", wanted[0][:-100], b"PAR1 no table"):
        candidates.write_bytes(broken)
        film_file.write_bytes(wanted[1][: len(wanted[1]) // 2])
        assert shotloom("build", films, "--out", corpus, *FAST).returncode == 0
        assert (candidates.read_bytes(), film_file.read_bytes()) == wanted
