"""``shotloom coverage``, and balancing a corpus by the tags that it wrote."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from formats.clip_tags import ClipTag, clip_tag_table, write_clip_tags
from formats.filesystem import CorpusStore
from formats.manifest import open_clip, read_manifest

CONTRAST = "Setup -> Scene -> Texture -> Contrast"
FAST = ["--set", "scan.network=none", "--set", "filter.duration.min=1"]


def test_coverage_counts_what_the_records_say(shotloom, built: Path) -> None:
    done = shotloom("coverage", built, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    store = CorpusStore(built)
    records = [open_clip(store, row).record for row in read_manifest(store)]
    assert (said["clips"], said["shots"]) == (len(records), sum(len(record.shots) for record in records))
    counts = Counter(
        (node, value)
        for record in records
        for node, value, _ in {
            (tag.node, tag.value, shot)
            for tag in record.tags
            for shot in (range(len(record.shots)) if tag.shot == -1 else [tag.shot])
        }
    )
    told = {(each["node"], value["value"]): value["shots"] for each in said["nodes"] for value in each["values"]}
    assert told == dict(counts)
    assert counts
    assert len(said["nodes"]) == 76
    assert said["foreign"] == []


def test_a_pillar_can_be_asked_for_alone_and_the_text_says_what_is_missing(shotloom, built: Path) -> None:
    said = json.loads(shotloom("coverage", built, "--pillar", "Lighting", "--json").stdout)
    assert {each["pillar"] for each in said["nodes"]} == {"Lighting"}
    text = shotloom("coverage", built, "--pillar", "Camera").stdout
    assert "Camera: " in text
    assert "Setup: " not in text
    assert "missing: " in text
    assert "never: Intrinsics -> Lens Size; " in text


def test_what_cannot_be_covered_is_said(shotloom, built: Path, tmp_path: Path) -> None:
    for arguments, says in (
        ([tmp_path], "not a corpus"),
        ([built, "--pillar", "Sound"], "Sound"),
        ([built, "--tags", built / "README.md"], "it is not overwritten"),
    ):
        done = shotloom("coverage", *arguments)
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    (tmp_path / "config.yaml").write_text("")
    assert "nothing is packed yet" in shotloom("coverage", tmp_path).stderr


def test_a_corpus_is_balanced_by_the_tags_of_an_earlier_build(
    shotloom, films: Path, corpus: Path, tmp_path: Path
) -> None:
    tags = tmp_path / "tags.parquet"
    assert shotloom("coverage", corpus, "--tags", tags).returncode == 0
    keys = {row.key for row in read_manifest(CorpusStore(corpus))}
    assert len(keys) > 1
    assert {row["key"] for row in pq.read_table(tags).to_pylist()} <= keys
    write_clip_tags(tags, clip_tag_table(ClipTag(key, CONTRAST, "Low") for key in keys))
    rule = json.dumps([{"tag": f"tags.{CONTRAST}", "cap": 1}])
    again = ["build", films, "--out", corpus, *FAST, "--set", f"filter.tags={tags}", "--set", f"filter.balance={rule}"]
    done = shotloom(*again)
    assert done.returncode == 0, done.stderr
    kept = {row.key for row in read_manifest(CorpusStore(corpus))}
    assert len(kept) == 1
    assert f"balance:tags.{CONTRAST}" in shotloom("status", corpus).stdout
    assert shotloom("coverage", corpus, "--tags", tags).returncode == 0
    assert {row["key"] for row in pq.read_table(tags).to_pylist()} >= keys - kept, (
        "tags of clips balanced away must stay"
    )
    write_clip_tags(tags, clip_tag_table([]))
    done = shotloom(*again)
    assert "nothing to do" not in done.stderr.partition("select:")[2].partition("\n")[0], "other tags, decided anew"
    assert done.returncode == 0, done.stderr


def test_a_build_refuses_tags_that_are_not_there(shotloom, films: Path, tmp_path: Path) -> None:
    for node, says in (("Camera -> Angle", "there is no node"), (CONTRAST, "No such file")):
        rule = json.dumps([{"tag": f"tags.{node}", "cap": 1}])
        wish = ["--set", f"filter.tags={tmp_path}/none.parquet", "--set", f"filter.balance={rule}"]
        done = shotloom("build", films, "--out", tmp_path / "new", *wish)
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
        assert not (tmp_path / "new").exists()
