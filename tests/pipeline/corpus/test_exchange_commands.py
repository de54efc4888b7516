"""``shotloom import cinebench`` and ``export cinebench``, as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from formats.cinebench import read_cinebench
from formats.filesystem import CorpusStore
from formats.manifest import open_clip, read_manifest
from formats.timeline import read_timeline

ONE = {
    "global_entities": [
        {"name": "{camera}", "description": "", "time_intervals": [[0.0, 4.2], [4.20001, 10.2]]},
        {"name": "{shot_transition}", "description": "", "time_intervals": [[4.2, 4.20001]]},
        {"name": "{a}", "description": "{a} is red.", "time_intervals": [[0.0, 9.0]], "ref_image_path": "a.png"},
    ],
    "dense_entities": [
        {"name": "{shot_transition}", "description": "{shot_transition} is a cut", "time_intervals": [4.2, 4.20001]},
        {"name": "{a}", "description": "{a} waves.", "time_intervals": [0.0, 9.0]},
    ],
    "summary": '"A waves."',
}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    (folder / "annotations").mkdir(parents=True)
    (folder / "reference_images").mkdir()
    for number in range(3):
        (folder / f"annotations/{number:05d}_ultra_dense.json").write_text(json.dumps(ONE))
    Image.new("RGB", (8, 8), "red").save(folder / "reference_images/a.png")
    return folder


def test_their_files_become_timelines_with_their_images_and_go_back_as_they_were(
    shotloom, theirs: Path, tmp_path: Path
) -> None:
    done = shotloom("import", "cinebench", theirs / "annotations", "--out", tmp_path / "own", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "timelines": ["00000", "00001", "00002"],
        "images": ["a.png"],
        "failed": {},
        "findings": [],
    }
    timeline = read_timeline((tmp_path / "own/00001.timeline.json").read_bytes())
    assert (timeline.fps, timeline.frames, timeline.cuts) == ("24/1", 245, (101,))
    image = tmp_path / "own/references" / timeline.entities[2].reference
    assert image.read_bytes() == (theirs / "reference_images/a.png").read_bytes()
    back = shotloom("export", "cinebench", tmp_path / "own", "--out", tmp_path / "back", "--json")
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout) == {"annotations": 3, "images": 1, "out": str(tmp_path / "back")}
    assert json.loads((tmp_path / "back/annotations/00001_ultra_dense.json").read_bytes()) == ONE
    assert (tmp_path / "back/reference_images/a.png").is_file()


def test_a_mask_goes_with_its_image(shotloom, theirs: Path, tmp_path: Path) -> None:
    """Under the names that their evaluation derives."""
    for number, image in enumerate(["00000_ref_image_00_a.png", "plain.png"]):
        (theirs / f"annotations/{number:05d}_ultra_dense.json").write_text(json.dumps(ONE).replace("a.png", image))
        Image.new("RGB", (8, 8), "red").save(theirs / "reference_images" / image)
    masks = ["00000_ref_image_mask_00_a.png", "plain_mask.png"]
    for mask in masks:
        Image.new("L", (8, 8), 255).save(theirs / "reference_images" / mask)
    assert shotloom("import", "cinebench", theirs, "--out", tmp_path / "own").returncode == 0
    assert set(masks) < {path.name for path in (tmp_path / "own/references").iterdir()}
    back = shotloom("export", "cinebench", tmp_path / "own", "--out", tmp_path / "back")
    assert back.returncode == 0, back.stderr
    images = {path.name: path.read_bytes() for path in (tmp_path / "back/reference_images").iterdir()}
    assert images == {path.name: path.read_bytes() for path in (theirs / "reference_images").iterdir()}


def test_an_export_takes_the_images_of_an_earlier_one_away_and_no_others(
    shotloom, theirs: Path, tmp_path: Path
) -> None:
    assert shotloom("import", "cinebench", theirs, "--out", tmp_path / "own").returncode == 0
    out = tmp_path / "out"
    assert shotloom("export", "cinebench", tmp_path / "own", "--out", out).returncode == 0
    (out / "reference_images/mine.png").write_bytes(b"mine")
    (out / "precious.txt").write_text("mine")
    index = json.loads((out / "index.json").read_bytes())
    index[0]["images"] += ["precious.txt", "../own/00000.timeline.json"]
    (out / "index.json").write_text(json.dumps(index))
    (tmp_path / "own/references/a.png").unlink()
    assert shotloom("export", "cinebench", tmp_path / "own", "--out", out).returncode == 0
    assert [path.name for path in (out / "reference_images").iterdir()] == ["mine.png"]
    assert (out / "precious.txt").is_file() and (tmp_path / "own/00000.timeline.json").is_file()


def test_a_timeline_leads_to_no_other_file(shotloom, theirs: Path, tmp_path: Path) -> None:
    assert shotloom("import", "cinebench", theirs, "--out", tmp_path / "own").returncode == 0
    (tmp_path / "secret.png").write_text("secret")
    file = tmp_path / "own/00000.timeline.json"
    file.write_text(file.read_text().replace('"a.png"', '"../../secret.png"'))
    done = shotloom("export", "cinebench", tmp_path / "own", "--out", tmp_path / "out")
    assert done.returncode == 2 and "bare name" in done.stderr
    assert not (tmp_path / "out/reference_images").exists()


def test_what_is_wrong_is_said_and_the_rest_is_taken_over(shotloom, theirs: Path, tmp_path: Path) -> None:
    (theirs / "annotations/00001_ultra_dense.json").write_text('{"global_entities": [')
    strange = json.loads(json.dumps(ONE).replace("{a} waves.", "waves."))
    strange["dense_entities"].append({"name": "{b}", "description": "{b} sings", "time_intervals": [0, 1]})
    (theirs / "annotations/00002_ultra_dense.json").write_text(json.dumps([{"ultra_dense_json": strange}, {}]))
    (theirs / "reference_images/a.png").unlink()
    done = shotloom("import", "cinebench", theirs, "--out", tmp_path / "own", "--json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["timelines"] == ["00000", "00002-00000"]
    assert len(said["failed"]) == 2
    kinds = sorted((finding["timeline"], finding["kind"]) for finding in said["findings"])
    assert kinds == [
        ("00000", "missing_image"),
        ("00002-00000", "dangling_event"),
        ("00002-00000", "missing_image"),
        ("00002-00000", "name_added"),
    ]
    text = shotloom("import", "cinebench", theirs, "--out", tmp_path / "own").stdout
    assert "dangling_event: 1" in text
    assert "must be JSON" in text


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--fps", "0"], "must be a number such as 24"),
        (["--fps", "1/0"], "must be a number such as 24"),
        (["--fps", "nan"], "must be a number such as 24"),
    ],
)
def test_a_rate_that_is_none_is_refused(shotloom, theirs: Path, tmp_path: Path, options: list[str], says: str) -> None:
    done = shotloom("import", "cinebench", theirs, "--out", tmp_path / "own", *options)
    assert (done.returncode, says in done.stderr) == (2, True)
    assert not (tmp_path / "own").exists()


def test_an_image_path_leads_nowhere_else(shotloom, theirs: Path, tmp_path: Path) -> None:
    (theirs / "secret.txt").write_text("secret")
    for number, path in enumerate(["../secret.txt", str(theirs / "secret.txt"), "..", ".aside"]):
        text = json.dumps(ONE).replace('"a.png"', json.dumps(path))
        (theirs / f"annotations/1000{number}_ultra_dense.json").write_text(text)
    done = shotloom("import", "cinebench", theirs, "--out", tmp_path / "own", "--json")
    assert json.loads(done.stdout)["images"] == ["a.png"]
    assert sorted(path.name for path in (tmp_path / "own/references").iterdir()) == ["a.png"]


def test_a_corpus_is_exported_clip_by_clip_and_again_over_itself(shotloom, built: Path, tmp_path: Path) -> None:
    out = tmp_path / "cinebench"
    (out / "annotations").mkdir(parents=True)
    assert shotloom("export", "cinebench", built, "--out", out).returncode == 0
    rows = read_manifest(CorpusStore(built))
    index = json.loads((out / "index.json").read_bytes())
    assert [row["key"] for row in index] == [row.key for row in rows]
    assert [row["video"] for row in index] == [f"{number:05d}.mp4" for number in range(1, len(rows) + 1)]
    record = open_clip(CorpusStore(built), rows[0]).record
    clip = read_cinebench((out / index[0]["annotation"]).read_bytes())
    assert len(clip.dense_entities) == len(record.events)
    assert {entity.name for entity in clip.global_entities} <= {"{camera}", "{shot_transition}"}
    test = shotloom("export", "cinebench", built, "--out", out, "--split", "test", "--transition", "transition")
    assert test.returncode == 0
    assert len(list((out / "annotations").iterdir())) == sum(row.split == "test" for row in rows)


def test_an_export_never_goes_into_a_corpus_or_among_foreign_annotations(shotloom, built: Path, tmp_path: Path) -> None:
    for out in (built, built / "cinebench"):
        done = shotloom("export", "cinebench", built, "--out", out)
        assert (done.returncode, "is in a corpus" in done.stderr) == (2, True)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/x_ultra_dense.json").write_text("{}")
    done = shotloom("export", "cinebench", built, "--out", tmp_path)
    assert (done.returncode, "of no export" in done.stderr) == (2, True)
    assert (tmp_path / "annotations/x_ultra_dense.json").read_text() == "{}"
    done = shotloom("export", "cinebench", tmp_path / "annotations", "--out", tmp_path / "out")
    assert (done.returncode, "neither a corpus nor" in done.stderr) == (2, True)
