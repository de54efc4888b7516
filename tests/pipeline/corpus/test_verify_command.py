"""``shotloom verify`` needs no sources and finds what is not as written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from formats.filesystem import CorpusStore
from formats.manifest import read_manifest


def _problems(shotloom, corpus: Path) -> dict[str, list[str]]:
    done = shotloom("verify", corpus, "--json")
    found = json.loads(done.stdout)["problems"]
    assert done.returncode == (1 if found else 0)
    return found


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.write_bytes(bytes(data))


def test_shards_and_manifest_are_enough(shotloom, corpus: Path) -> None:
    for name in ("scan", "select", "clips", "annotations"):
        shutil.rmtree(corpus / name)
    (corpus / "config.yaml").unlink()
    done = shotloom("verify", corpus)
    assert done.returncode == 0
    assert "all right" in done.stdout


def test_a_flipped_byte_in_a_video_is_found_and_named(shotloom, corpus: Path) -> None:
    row = read_manifest(CorpusStore(corpus))[0]
    _flip(corpus / row.shard, row.place("mp4").offset + row.place("mp4").size // 2)
    assert row.key in _problems(shotloom, corpus)


def test_a_flipped_byte_in_a_record_is_found(shotloom, corpus: Path) -> None:
    row = read_manifest(CorpusStore(corpus))[-1]
    _flip(corpus / row.shard, row.place("json").offset + 10)
    assert _problems(shotloom, corpus)


def test_a_missing_and_an_unknown_shard_are_named(shotloom, corpus: Path) -> None:
    shard = next((corpus / "shards").glob("*.tar"))
    shutil.copy(shard, shard.with_name("train-00099.tar"))
    shard.unlink()
    problems = _problems(shotloom, corpus)
    assert problems[f"shards/{shard.name}"] == ["is missing"]
    assert problems["shards/train-00099.tar"] == ["is not in the manifest"]


def test_a_folder_without_a_manifest_is_not_a_corpus(shotloom, corpus: Path) -> None:
    (corpus / "manifest.parquet").write_bytes(b"no parquet")
    assert "manifest.parquet" in _problems(shotloom, corpus)
    (corpus / "manifest.parquet").unlink()
    assert "manifest.parquet" in _problems(shotloom, corpus)


@pytest.mark.parametrize(
    ("field", "value"),
    [("shard", "../outside.tar"), ("shard", "shards"), ("members", []), ("split", "holdout"), ("key", "../../x")],
)
def test_a_manifest_from_elsewhere_cannot_lead_outside(shotloom, corpus: Path, field: str, value: object) -> None:
    table = pq.read_table(corpus / "manifest.parquet")
    rows = table.to_pylist()
    rows[0][field] = value
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), corpus / "manifest.parquet")
    assert "cannot be read" in _problems(shotloom, corpus)["manifest.parquet"][0]
    for command in (["report"], ["inspect", "x"]):
        done = shotloom(command[0], corpus, *command[1:])
        assert done.returncode in (0, 1, 2)
        assert "Traceback" not in done.stderr


def test_a_source_in_two_splits_is_found(shotloom, corpus: Path) -> None:
    table = pq.read_table(corpus / "manifest.parquet")
    rows = table.to_pylist()
    again = rows[0] | {"key": "again", "split": "test"}
    pq.write_table(pa.Table.from_pylist([*rows, again], schema=table.schema), corpus / "manifest.parquet")
    assert any("more than one split" in text for found in _problems(shotloom, corpus).values() for text in found)
