"""The commands that look: help, shots, status, explain, inspect, report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from formats.filesystem import CorpusStore
from formats.manifest import read_manifest
from operators.sample_films.truth import read_truth
from pipeline.config import load_config
from pipeline.corpus_folder import CorpusFolder
from pipeline.report_stitching import similarity_histogram, stitch_tallies


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['shotloom', '--help']\n"
        "from pipeline.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'ray', 'av', 'cv2', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "command",
    [
        "build",
        "shots",
        "status",
        "explain",
        "verify",
        "report",
        "inspect",
        "sample-films",
        "import cinebench",
        "export cinebench",
    ],
)
def test_every_command_explains_itself(shotloom, command: str) -> None:
    done = shotloom(*command.split(), "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 6


def test_shots_finds_the_true_cuts_and_writes_nothing(shotloom, films: Path, times) -> None:
    before = times(films)
    done = shotloom("shots", films, "--json", "--set", "scan.network=none")
    assert done.returncode == 0, done.stderr
    assert times(films) == before
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(answer["path"]).name for answer in answers] == ["01-quiet-morning.mp4", "04-night-garage.mp4"]
    for answer in answers:
        truth = read_truth(Path(answer["path"]))
        assert (answer["error"], answer["frames"]) == ("", truth.frames)
        assert set(answer) == {"path", "error", "fps", "vfr", "time_base", "stream", "frames", "transitions"}
        cuts = {tuple(found["frames"]) for found in answer["transitions"] if found["kind"] == "cut"}
        assert {true.frames for true in truth.transitions if true.kind == "cut"} <= cuts


def test_shots_tells_why_a_file_is_no_film(shotloom, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a film")
    done = shotloom("shots", tmp_path / "text.mp4", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"].startswith("not_a_video")


def test_explain_tells_the_story_of_a_film_and_of_a_clip(shotloom, built: Path) -> None:
    film = shotloom("explain", built, "01-quiet-morning.mp4")
    assert film.returncode == 0
    for word in ("transitions considered", "confidence", "borders between shots", "candidates"):
        assert word in film.stdout
    key = read_manifest(CorpusStore(built))[0].key
    clip = shotloom("explain", built, key)
    for word in ("cut: kept", "annotate: kept", "pack: in shards/train-00000.tar"):
        assert word in clip.stdout
    assert json.loads(shotloom("explain", built, key, "--json").stdout)["candidates"][0]["key"] == key


def test_explain_refuses_what_it_does_not_know(shotloom, built: Path) -> None:
    done = shotloom("explain", built, "nothing-of-this-name")
    assert done.returncode == 2
    assert "no source, candidate or clip" in done.stderr


def test_inspect_shows_a_clip_as_text_and_picture(shotloom, built: Path, tmp_path: Path) -> None:
    row = read_manifest(CorpusStore(built))[0]
    done = shotloom("inspect", built, row.key, "--out", tmp_path / "clip.png")
    assert done.returncode == 0, done.stderr
    assert row.key in done.stdout
    with Image.open(tmp_path / "clip.png") as picture:
        assert picture.width > 800
        assert len(picture.convert("RGB").resize((64, 64)).getcolors(4096) or []) > 100
    assert shotloom("inspect", built, "no-such-key").returncode == 2


def test_the_report_is_a_page_with_every_clip(shotloom, corpus: Path) -> None:
    done = shotloom("report", corpus)
    assert done.returncode == 0, done.stderr
    page = (corpus / "report" / "index.html").read_text()
    for row in read_manifest(CorpusStore(corpus)):
        assert row.key in page


def test_the_report_shows_what_stitching_decided(corpus: Path) -> None:
    folder, config = CorpusFolder(str(corpus)), load_config(corpus / "config.yaml", [])
    links = folder.links.rows()
    shown = similarity_histogram(folder, config)
    assert shown is not None
    assert sum(shown.counts) == sum(row.similarity is not None for row in links)
    assert [limit.value for limit in shown.limits] == [0.4, 0.95]
    borders, transitions = stitch_tallies(folder, config)
    counts = dict(borders.counts)
    linked = sum(row.verdict.outcome == "kept" for row in links)
    assert counts.get("one scene", 0) + counts.get("one scene: a shot returns", 0) == linked
    assert sum(count for _, count in borders.counts) == len(links)
    assert sum(count for _, count in transitions.counts) == len(folder.transitions.rows())


def test_a_folder_that_is_no_corpus_is_refused(shotloom, tmp_path: Path) -> None:
    for command in (["status"], ["verify"], ["report"], ["explain", "x"], ["inspect", "x"]):
        done = shotloom(command[0], tmp_path, *command[1:])
        assert done.returncode == 2
        assert "not a corpus" in done.stderr
