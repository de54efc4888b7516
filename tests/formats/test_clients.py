"""The two clients that people load corpora with must return exactly what was written, over several shards."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import datasets
import pytest
import webdataset

from formats.card_facts import card_facts
from formats.clip_json import read_clip_json
from formats.clip_record import ClipRecord, Entity, Event, Reference
from formats.clip_schema import EXAMPLE_FILE
from formats.dataset_card import render_card
from formats.exact_time import seconds_at
from formats.filesystem import CorpusStore
from formats.manifest import ManifestRow, write_manifest
from formats.shard_layout import MEMBERS_WITH_REFERENCES

PackCorpus = Callable[..., list[ManifestRow]]
CLIPS = 60
BARE = 9


def bare(record: ClipRecord) -> ClipRecord:
    """Its first shot alone, with nothing said about it: every list that can be empty is empty."""
    (shot, *_) = record.shots
    frames = shot.frames[1]
    nothing: dict[str, tuple[()]] = dict.fromkeys(
        ("joins", "captions", "entities", "events", "scores", "tags", "models"), ()
    )
    source = record.source.model_copy(update={"frames": shot.source_frames})
    video = record.video.model_copy(update={"frames": frames, "duration": round(frames / 24, 6)})
    return record.model_copy(update={**nothing, "shots": (shot,), "source": source, "video": video})


@pytest.fixture(scope="module")
def records() -> list[ClipRecord]:
    """In the order of the shards; the first ``BARE`` are bare."""
    example = read_clip_json(EXAMPLE_FILE.read_bytes())
    keys = sorted((f"clip-{i}" for i in range(CLIPS)), key=lambda key: hashlib.sha256(key.encode()).digest())
    made = []
    for i, key in enumerate(keys):
        # The last few are of another source, in the test split.
        source = example.source.model_copy(update={"sha256": ("0" if i >= 50 else "f") * 64, "uri": f"films/{i}é.mp4"})
        score = example.scores[0].model_copy(update={"value": i / 7})
        record = example.model_copy(update={"key": key, "source": source, "scores": (score,) * (i % 3)})
        made.append(bare(record) if i < BARE else record)
    return made


def with_image(record: ClipRecord) -> ClipRecord:
    """A woman who acts in the last shot, and her image."""
    shot = record.shots[-1]
    end = record.video.duration
    start = seconds_at(shot.frames[0], Fraction(24))
    image = {"entity": "woman", "image": "woman.png", "mask": "woman.mask.png", "frame": shot.frames[0]}
    size = {"box": (0, 0, 64, 32), "width": 64, "height": 32, "confidence": 0.5, "origin": "grounding-dino"}
    added = {
        "entities": Entity(id="woman", kind="subject", name="{woman}", description="", reference="woman.png"),
        "events": Event(entity="woman", frames=shot.frames, start=start, end=end, prompt="{woman}", origin="vlm"),
        "references": Reference.model_validate(image | size),
    }
    return record.model_copy(update={name: (*getattr(record, name), row) for name, row in added.items()})


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory, records: list[ClipRecord], pack_corpus: PackCorpus) -> Path:
    """The first clips have no image, the others one."""
    folder = tmp_path_factory.mktemp("pictured")
    made = [record if i < BARE else with_image(record) for i, record in enumerate(records)]
    rows = pack_corpus(CorpusStore(folder), made, MEMBERS_WITH_REFERENCES)
    by_key = {record.key: record for record in made}
    facts = card_facts("Test corpus", ((row, by_key[row.key]) for row in rows), ())
    CorpusStore(folder).write_atomic("README.md", render_card(facts).encode())
    return folder


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, records: list[ClipRecord], pack_corpus: PackCorpus) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    store = CorpusStore(folder)
    rows = pack_corpus(store, records)
    write_manifest(store, "manifest.parquet", rows)
    by_key = {record.key: record for record in records}
    facts = card_facts("Test corpus", ((row, by_key[row.key]) for row in rows), (("encode.crf", "18"),))
    store.write_atomic("README.md", render_card(facts).encode())
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)


def written(corpus: Path, key: str) -> Any:
    return json.loads((corpus / f"clips/{key}.json").read_bytes())


def test_the_corpus_of_this_test_begins_with_empty_lists_and_has_several_shards(corpus: Path) -> None:
    shards = sorted(path.name for path in (corpus / "shards").iterdir())
    assert len([name for name in shards if name.startswith("train-")]) >= 3
    assert len([name for name in shards if name.startswith("test-")]) >= 1
    first = list(webdataset.WebDataset(str(corpus / "shards" / "train-00000.tar"), shardshuffle=False).decode())[:8]
    assert all(clip["json"][part] == [] for clip in first for part in ("joins", "events", "tags", "scores"))


@pytest.mark.parametrize("streaming", [True, False])
def test_load_dataset_returns_what_was_written(corpus: Path, streaming: bool, tmp_path: Path) -> None:
    counts = {}
    for split in ("train", "test"):
        loaded = datasets.load_dataset(str(corpus), split=split, streaming=streaming, cache_dir=str(tmp_path / "cache"))
        clips = list(loaded.cast_column("mp4", datasets.Video(decode=False)))
        counts[split] = len(clips)
        for clip in clips:
            assert clip["json"] == written(corpus, clip["__key__"])
            assert clip["mp4"]["bytes"] == (corpus / f"clips/{clip['__key__']}.mp4").read_bytes()
    assert counts == {"train": 50, "test": 10}


def test_the_front_matter_is_what_makes_it_so(corpus: Path, tmp_path: Path) -> None:
    shards = str(corpus / "shards" / "train-*.tar")
    try:
        loaded = datasets.load_dataset(
            "webdataset", data_files={"train": shards}, split="train", cache_dir=str(tmp_path / "cache")
        )
    except datasets.exceptions.DatasetGenerationError:
        return
    clips = loaded.remove_columns("mp4")
    assert any(clip["json"] != written(corpus, clip["__key__"]) for clip in clips)


def test_webdataset_returns_what_was_written(corpus: Path) -> None:
    shards = sorted(str(path) for path in (corpus / "shards").glob("*.tar"))
    clips = list(webdataset.WebDataset(shards, shardshuffle=False).decode())
    assert len(clips) == CLIPS
    for clip in clips:
        assert clip["json"] == written(corpus, clip["__key__"])
        assert clip["mp4"] == (corpus / f"clips/{clip['__key__']}.mp4").read_bytes()


def test_both_clients_return_the_reference_images_as_they_were_written(pictured: Path, tmp_path: Path) -> None:
    loaded = datasets.load_dataset(str(pictured), split="train", streaming=True, cache_dir=str(tmp_path / "cache"))
    shards = sorted(str(path) for path in (pictured / "shards").glob("train-*.tar"))
    for clips in (
        loaded.cast_column("mp4", datasets.Video(decode=False)),
        webdataset.WebDataset(shards, shardshuffle=False).decode(),
    ):
        images = {}
        for clip in clips:
            assert clip["zip"] == (pictured / f"clips/{clip['__key__']}.zip").read_bytes()
            images[clip["__key__"]] = zipfile.ZipFile(io.BytesIO(clip["zip"])).namelist()
        assert sorted(map(len, images.values())) == [0] * BARE + [2] * (50 - BARE)
    assert "KEY.zip" in (pictured / "README.md").read_text(encoding="utf-8")


def test_the_cards_own_examples_run(corpus: Path, tmp_path: Path) -> None:
    examples = re.findall(r"```python\n(.*?)```", (corpus / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 2 and all(example.count("\n") == 3 for example in examples)
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    for example in examples:
        ran = subprocess.run(
            [sys.executable, "-c", example.replace("CORPUS", str(corpus))],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "source_frames" in ran.stdout
