"""``shotloom build``: from films to shards, and again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from formats.filesystem import CorpusStore
from formats.manifest import open_clip, read_manifest

FAST = ["--set", "scan.network=none", "--set", "filter.duration.min=1"]


def _status(shotloom, corpus: Path) -> dict[str, dict]:
    done = shotloom("status", corpus, "--json")
    assert done.returncode == 0, done.stdout
    return {stage["stage"]: stage for stage in json.loads(done.stdout)["stages"]}


def test_a_corpus_has_the_files_it_promises(built: Path) -> None:
    for name in ("config.yaml", "README.md", "manifest.parquet", "shards/train-00000.tar"):
        assert (built / name).is_file(), name
    for name in ("scan", "select", "clips", "annotations"):
        assert (built / name).is_dir(), name


def test_every_film_ends_in_the_books(shotloom, built: Path) -> None:
    stages = _status(shotloom, built)
    assert stages["scan"]["in"] == stages["scan"]["kept"] == 2
    assert stages["pack"]["kept"] == stages["select"]["kept"] > 0


def test_clips_hold_several_shots_and_say_where_they_come_from(built: Path) -> None:
    store = CorpusStore(built)
    for row in read_manifest(store):
        record = open_clip(store, row).record
        assert len(record.shots) >= 2
        assert record.source.uri.startswith("films/")
        assert any(event.entity == "camera" for event in record.events)


def test_nothing_in_a_corpus_tells_where_it_was_built(built: Path, films: Path) -> None:
    secret = str(films.parent).encode()
    for path in [*built.glob("shards/*.tar"), built / "README.md", built / "manifest.parquet", built / "config.yaml"]:
        assert secret not in path.read_bytes(), path


def test_a_second_run_does_nothing(shotloom, corpus: Path, films: Path, times) -> None:
    before = times(corpus)
    done = shotloom("build", films, "--out", corpus, *FAST)
    assert done.returncode == 0
    assert "scan: nothing to do" in done.stderr
    after = times(corpus)
    after.pop(".shotloom.lock")
    before.pop(".shotloom.lock")
    assert after == before


@pytest.mark.slow
def test_a_second_build_from_scratch_gives_the_same_bytes(
    shotloom, built: Path, films: Path, tmp_path: Path, checksums
) -> None:
    assert shotloom("build", films, "--out", tmp_path / "corpus", *FAST).returncode == 0
    assert checksums(tmp_path / "corpus" / "shards") == checksums(built / "shards")
    for name in ("manifest.parquet", "README.md"):
        assert (tmp_path / "corpus" / name).read_bytes() == (built / name).read_bytes()


def test_new_films_append_without_touching_existing_shards(
    shotloom, corpus: Path, another_film: Path, checksums
) -> None:
    before = {name: sha for name, sha in checksums(corpus / "shards").items() if name.endswith(".tar")}
    old_keys = {row.key for row in read_manifest(CorpusStore(corpus))}
    done = shotloom("build", another_film, "--out", corpus, *FAST)
    assert done.returncode == 0, done.stderr
    after = {name: sha for name, sha in checksums(corpus / "shards").items() if name.endswith(".tar")}
    assert before.items() < after.items()
    assert old_keys < {row.key for row in read_manifest(CorpusStore(corpus))}
    assert _status(shotloom, corpus)["scan"]["kept"] == 3
    assert shotloom("verify", corpus).returncode == 0


@pytest.mark.slow
def test_a_changed_setting_redoes_its_stage_and_what_follows(shotloom, corpus: Path, films: Path, times) -> None:
    scans, shards = times(corpus / "scan" / "films"), times(corpus / "shards")
    done = shotloom("build", films, "--out", corpus, *FAST, "--set", "encode.crf=30")
    assert done.returncode == 0, done.stderr
    assert "changed: encode.crf: 18.0 -> 30.0" in done.stderr
    assert "cut, annotate, pack" in done.stderr
    assert times(corpus / "scan" / "films") == scans
    assert "select: nothing to do" in done.stderr
    assert times(corpus / "shards") != shards
    assert shotloom("verify", corpus).returncode == 0


@pytest.mark.slow
def test_a_selection_setting_cuts_only_new_plans(shotloom, corpus: Path, films: Path, times) -> None:
    clips = {name: at for name, at in times(corpus / "clips").items() if name.endswith(".mp4")}
    done = shotloom("build", films, "--out", corpus, *FAST, "--set", "filter.shots.max=2")
    assert done.returncode == 0, done.stderr
    after = times(corpus / "clips")
    assert all(after[name] == at for name, at in clips.items())
    assert max(len(row.shots) for row in read_manifest(CorpusStore(corpus))) == 2


@pytest.mark.slow
def test_stages_can_be_run_one_after_another(shotloom, built: Path, films: Path, tmp_path: Path, checksums) -> None:
    out = tmp_path / "corpus"
    for stage in ("scan", "select"):
        assert shotloom("build", films, "--out", out, *FAST, "--until", stage).returncode == 0
        assert not (out / "shards").exists()
    assert shotloom("build", films, "--out", out, *FAST).returncode == 0
    assert checksums(out / "shards") == checksums(built / "shards")


def test_a_dry_run_writes_nothing(shotloom, films: Path, corpus: Path, tmp_path: Path, times) -> None:
    done = shotloom("build", films, "--out", tmp_path / "new", "--dry-run")
    assert done.returncode == 0
    assert "2 films to scan" in done.stdout
    assert "estimate" in done.stdout
    assert not (tmp_path / "new").exists()
    before = times(corpus)
    done = shotloom("build", films, "--out", corpus, *FAST, "--set", "defade.margin=4", "--dry-run")
    assert "changed: defade.margin" in done.stdout
    assert "0 films to scan" in done.stdout
    assert times(corpus) == before


@pytest.fixture
def hostile(films: Path, tmp_path: Path) -> Path:
    """A folder in which two files are films, and the rest is what the world holds."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    good = films / "01-quiet-morning.mp4"
    shutil.copy(good, folder / 'a "good" film\n<script>alert(1)<b>é.mp4')
    shutil.copy(good, folder / "same bytes.mp4")
    (folder / "text.mp4").write_text("this is no film")
    (folder / "empty.mp4").touch()
    (folder / "folder.mp4").mkdir()
    (folder / "playlist.mp4").write_text(f"ffconcat version 1.0\nfile '{good}'\n")
    (folder / "index.mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{good}\n#EXT-X-ENDLIST\n")
    (folder / "cut off.mp4").write_bytes(good.read_bytes()[:2000])
    (folder / "rubbish.mkv").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 8)
    os.mkfifo(folder / "pipe.mp4")
    return folder


def test_bad_input_costs_one_row_each(shotloom, hostile: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    done = shotloom("build", hostile, "--out", out, *FAST, "--set", "limits.failed=0.9")
    assert done.returncode == 0, done.stderr
    scan = _status(shotloom, out)["scan"]
    assert scan["in"] == 10
    assert scan["kept"] == 1
    assert scan["dropped"].pop("duplicate") == 1
    reasons = scan["dropped"] | scan["failed"]
    assert sum(reasons.values()) == 8
    for reason in ("not_a_video", "empty_file", "empty_folder", "format_not_allowed", "not_a_file"):
        assert reasons[reason] >= 1, reasons
    for name in ("text.mp4", "playlist.mp4", "cut off.mp4", "pipe.mp4"):
        told = shotloom("explain", out, name)
        assert told.returncode == 0
        assert "dropped" in told.stdout or "failed" in told.stdout
    assert shotloom("report", out).returncode == 0
    assert "<script>alert" not in (out / "report" / "index.html").read_text()
    assert shotloom("verify", out).returncode == 0


def test_exit_codes_tell_what_happened(shotloom, films: Path, tmp_path: Path) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()
    assert shotloom("build", "--out", tmp_path / "a").returncode == 2
    assert shotloom("build", tmp_path / "absent", "--out", tmp_path / "a").returncode == 2
    assert shotloom("build", films, "--out", tmp_path / "a", "--set", "filter.x=1").returncode == 2
    assert shotloom("build", empty, "--out", tmp_path / "b").returncode == 3


@pytest.mark.slow
def test_too_many_failures_are_an_error(shotloom, films: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    shutil.copy(films / "01-quiet-morning.mp4", mixed)
    (mixed / "empty.mp4").touch()
    out = tmp_path / "corpus"
    done = shotloom("build", mixed, "--out", out, *FAST, "--set", "limits.failed=0.3")
    assert done.returncode == 4, done.stderr
    assert "limits.failed allows 30%" in done.stderr
    assert shotloom("verify", out).returncode == 0


@pytest.mark.slow
def test_a_list_of_films_carries_its_columns_into_the_corpus(shotloom, films: Path, tmp_path: Path) -> None:
    listing = films.parent / "list.csv"
    listing.write_text(
        "path,license,attribution,url,split,metadata\n"
        'films/01-quiet-morning.mp4,CC-BY-4.0,"A. <b>Person</b>",https://example.org/1,validation,"{""year"": 1999}"\n'
    )
    out = tmp_path / "corpus"
    done = shotloom("build", listing, "--out", out, *FAST)
    assert done.returncode == 0, done.stderr
    store = CorpusStore(out)
    for row in read_manifest(store):
        source = open_clip(store, row).record.source
        assert (row.split, row.metadata, source.license) == ("validation", '{"year": 1999}', "CC-BY-4.0")
        assert (source.attribution, source.url) == ("A. <b>Person</b>", "https://example.org/1")
    card = (out / "README.md").read_text()
    assert "cc-by-4.0" in card
    assert "<b>Person" not in card


@pytest.mark.slow
def test_films_that_crash_hang_or_hog_the_decoder_cost_one_row_each(
    shotloom, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "films"
    shutil.copytree(films, folder)
    faults = {"films/crash.mp4": "crash", "films/hang.mp4": "hang", "films/hog.mp4": "hog"}
    for number, uri in enumerate(faults):
        (folder / Path(uri).name).write_bytes((films / "01-quiet-morning.mp4").read_bytes() + bytes([number]))
    monkeypatch.setenv("SHOTLOOM_FAULTS", json.dumps(faults))
    out = tmp_path / "corpus"
    limits = ["--set", "limits.film_seconds=45", "--set", "limits.failed=0.9"]
    done = shotloom("build", folder, "--out", out, *FAST, *limits)
    assert done.returncode == 0, done.stderr
    scan = _status(shotloom, out)["scan"]
    assert (scan["kept"], scan["failed"]) == (2, {"crashed": 1, "timeout": 1, "memory": 1})
    monkeypatch.delenv("SHOTLOOM_FAULTS")
    again = shotloom("build", folder, "--out", out, *FAST, *limits)
    assert "scan: nothing to do" in again.stderr
    retried = shotloom("build", folder, "--out", out, *FAST, *limits, "--retry-failed")
    assert retried.returncode == 0, retried.stderr
    assert _status(shotloom, out)["scan"]["kept"] == 5


@pytest.mark.slow
def test_a_film_that_moved_is_read_where_it_lies_now(shotloom, films: Path, tmp_path: Path) -> None:
    folder, moved, out = tmp_path / "films", tmp_path / "movies", tmp_path / "corpus"
    shutil.copytree(films, folder)
    assert shotloom("build", folder, "--out", out, *FAST).returncode == 0
    keys = {row.key for row in read_manifest(CorpusStore(out))}
    shutil.copytree(folder, moved, copy_function=shutil.copyfile)
    shutil.rmtree(folder)
    done = shotloom("build", moved, "--out", out, *FAST, "--set", "encode.crf=28")
    assert done.returncode == 0, done.stderr
    assert {row.key for row in read_manifest(CorpusStore(out))} == keys
    assert _status(shotloom, out)["scan"]["dropped"] == {"duplicate": 2}


@pytest.mark.slow
def test_a_film_that_went_away_keeps_its_clips_and_comes_back_when_needed(
    shotloom, films: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "films", tmp_path / "corpus"
    shutil.copytree(films, folder)
    listing = tmp_path / "list.csv"
    listing.write_text("path,license\nfilms/01-quiet-morning.mp4,CC0-1.0\nfilms/04-night-garage.mp4,CC0-1.0\n")
    assert shotloom("build", listing, "--out", out, *FAST).returncode == 0
    manifest = (out / "manifest.parquet").read_bytes()
    away = tmp_path / "away.mp4"
    (folder / "01-quiet-morning.mp4").rename(away)
    assert shotloom("build", listing, "--out", out, *FAST).returncode == 0
    assert (out / "manifest.parquet").read_bytes() == manifest
    done = shotloom("build", listing, "--out", out, *FAST, "--set", "encode.crf=28")
    assert done.returncode == 0, done.stderr
    assert "source_missing" in _status(shotloom, out)["cut"]["failed"]
    away.rename(folder / "01-quiet-morning.mp4")
    assert shotloom("build", listing, "--out", out, *FAST, "--set", "encode.crf=28").returncode == 0
    assert _status(shotloom, out)["cut"]["failed"] == {}


@pytest.mark.slow
def test_a_file_name_that_is_no_utf8_is_built(shotloom, films: Path, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    shutil.copy(films / "01-quiet-morning.mp4", folder / os.fsdecode(b"caf\xe9 \xff.mp4"))
    out = tmp_path / "corpus"
    done = shotloom("build", folder, "--out", out, *FAST)
    assert done.returncode == 0, done.stderr
    assert {row.source_uri for row in read_manifest(CorpusStore(out))} == {"films/caf\\xe9 \\xff.mp4"}
    assert "nothing to do" in shotloom("build", folder, "--out", out, *FAST).stderr


@pytest.mark.slow
def test_a_corpus_inside_its_films_is_never_read_as_films(shotloom, films: Path, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    shutil.copytree(films, folder)
    for _ in range(2):
        assert shotloom("build", folder, "--out", folder / "corpus", *FAST).returncode == 0
    assert _status(shotloom, folder / "corpus")["scan"]["in"] == 2


def test_a_folder_with_other_files_is_not_built_into(shotloom, films: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    done = shotloom("build", films, "--out", tmp_path)
    assert done.returncode == 2
    assert "holds files that no build made" in done.stderr
    assert (tmp_path / "README.md").read_text() == "mine"


@pytest.mark.slow
def test_a_frozen_bar_lets_no_new_film_change_a_clip(shotloom, films: Path, another_film: Path, tmp_path: Path) -> None:
    out = tmp_path / "corpus"
    top = [*FAST, "--set", "filter.top.score=sharpness", "--set", "filter.top.share=0.5"]
    assert shotloom("build", films, "--out", out, *top).returncode == 0
    first = {row.key for row in read_manifest(CorpusStore(out))}
    assert shotloom("build", another_film, "--out", out, *top).returncode == 0
    assert first <= {row.key for row in read_manifest(CorpusStore(out))}
