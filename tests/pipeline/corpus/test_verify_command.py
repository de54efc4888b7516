"""``shotloom verify`` needs no sources and finds what is not as written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

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
