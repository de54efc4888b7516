"""Select as a stage: what is made once stays made, and what is broken is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest

from pipeline.config import load_config
from pipeline.corpus_folder import CorpusFolder
from pipeline.progress import Reporter
from pipeline.ray_engine import Engine
from pipeline.stages import film_candidates
from pipeline.stages.run import Run

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


@pytest.mark.slow
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


@pytest.fixture(scope="module")
def copy_of_a_film(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first film at half the size, in a poor encoding."""
    out = tmp_path_factory.mktemp("copies") / "copy.mp4"
    with av.open(str(films / "01-quiet-morning.mp4")) as source, av.open(str(out), "w") as target:
        video = source.streams.video[0]
        stream = target.add_stream("libx264", rate=video.average_rate, options={"crf": "34", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = video.width // 4 * 2, video.height // 4 * 2, "yuv420p"
        for frame in source.decode(video=0):
            target.mux(stream.encode(frame.reformat(stream.width, stream.height, "yuv420p")))
        target.mux(stream.encode())
    return out


@pytest.mark.slow
def test_a_film_in_another_encoding_is_a_near_duplicate_and_goes_to_the_same_split(
    shotloom, films: Path, copy_of_a_film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "corpus"
    assert shotloom("build", films, copy_of_a_film, "--out", out, *FAST, "--set", "splits.test=0.5").returncode == 0
    folder = CorpusFolder(str(out))
    sources = {row.uri: row.sha256 for row in folder.sources.rows()}
    pair = {sha for uri, sha in sources.items() if "copy" in uri or "quiet" in uri}
    rows = [row for row in folder.decisions.rows() if row.sha256 in pair]
    dropped = [row for row in rows if row.verdict.outcome == "dropped"]
    assert len(pair) == 2 and len({row.sha256 for row in dropped}) == 1
    assert all(row.verdict.reason == "near_duplicate" and row.verdict.limit == 5.0 for row in dropped)
    kept = {row.key for row in rows if row.verdict.outcome == "kept"}
    assert all(row.verdict.detail.rpartition(" ")[2] in kept for row in dropped)
    assert len({row.split for row in rows}) == 1
    assert "near_duplicate" in shotloom("explain", out, dropped[0].key).stdout
    done = shotloom("build", films, copy_of_a_film, "--out", out, *FAST, "--set", "filter.duplicates.drop=false")
    assert done.returncode == 0, done.stderr
    assert "near-duplicates" not in done.stderr
    assert all(row.verdict.outcome == "kept" for row in folder.decisions.rows())


@pytest.mark.slow
def test_a_copy_that_is_added_later_gives_way_and_only_its_shots_are_looked_up(
    shotloom, films: Path, copy_of_a_film: Path, corpus: Path
) -> None:
    before = CorpusFolder(str(corpus)).decisions.rows()
    assert shotloom("build", copy_of_a_film, "--out", corpus, *FAST).returncode == 0
    after = CorpusFolder(str(corpus)).decisions.rows()
    assert [row for row in after if row in before] == before
    assert {row.verdict.reason for row in after if row not in before} == {"near_duplicate"}


def test_broken_results_of_the_search_are_found_again(shotloom, films: Path, corpus: Path) -> None:
    """Also what a killed search had begun."""
    folder = corpus / "select" / "near-duplicates"
    wanted = {path.name: path.read_bytes() for path in folder.glob("*.parquet")}
    assert set(wanted) == {"hashes.parquet", "matches.parquet"}
    for broken in (b"", wanted["matches.parquet"][:-9], None):
        for name in wanted:
            if broken is None:
                (folder / name).unlink()
            else:
                (folder / name).write_bytes(broken)
        done = shotloom("build", films, "--out", corpus, *FAST)
        assert done.returncode == 0, done.stderr
        assert "near-duplicates: 1 lots" in done.stderr
        assert {path.name: path.read_bytes() for path in folder.glob("*.parquet")} == wanted
    shutil.rmtree(folder)
    assert shotloom("build", films, "--out", corpus, *FAST).returncode == 0


@pytest.mark.slow
def test_many_films_are_done_by_workers_and_come_out_the_same(
    built: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(corpus / "select")
    config = load_config(corpus / "config.yaml", [])
    monkeypatch.setattr(film_candidates, "WORTH_RAY", 1)
    monkeypatch.setattr(film_candidates, "FILMS_AT_ONCE", 1)
    with Engine(config.engine) as engine:
        run = Run(CorpusFolder(str(corpus)), config, engine, Reporter(quiet=True), retry_failed=False)
        rows = [row for row in run.folder.sources.rows() if row.verdict.outcome == "kept"]
        monkeypatch.setattr(film_candidates, "film_candidates_task", None)
        film_candidates.make_candidates(run, rows)
    for name in ("transitions", "links", "shots", "candidates", "films"):
        one, other = (where / "select" / f"{name}.parquet" for where in (built, corpus))
        assert one.read_bytes() == other.read_bytes(), name
