"""Builds whose subjects get reference images, by a Grounding DINO and a SAM 2 of random weights: nonsense in the right shape."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from captioning.references.tiny_checkpoints import write_tiny_detector, write_tiny_segmenter
from captioning.stored_annotation import read_stored
from formats.filesystem import CorpusStore
from formats.manifest import open_clip, open_references, read_manifest
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_detector(folder / "grounding-dino")
    write_tiny_segmenter(folder / "sam2")
    write_tiny_checkpoint("dinov2", folder / "dinov2")
    return folder


def pictured(tiny: Path, **more: object) -> list[str]:
    chosen = {
        "detector": "grounding-dino",
        "detector_weights": f"{{source: {tiny / 'grounding-dino'}, license: none}}",
        "segmenter": "sam2",
        "segmenter_weights": f"{{source: {tiny / 'sam2'}}}",
        "embedder": "dinov2",
        "embedder_weights": f"{{source: {tiny / 'dinov2'}}}",
        "min_side": 8,
        "min_confidence": 0,
        **more,
    }
    return [*(f"captions.references.{name}={value}" for name, value in chosen.items()), "engine.captions.device=cpu"]


def shotloom(*words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("shotloom")), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def packed(corpus: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (corpus.out / "shards").glob("*.tar")}


def test_switching_images_on_and_off_asks_no_model_again(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, times: Any, tiny: Path, tmp_path: Path
) -> None:
    server = chat_server()
    words = served(server.url)
    assert corpus.build(*words).returncode == 0
    asked, shards = len(server.came()), packed(corpus)
    before = times(corpus.out / "annotations") | times(corpus.out / "clips")

    done = corpus.build(*words, *pictured(tiny))
    assert done.returncode == 0, done.stderr
    assert len(server.came()) == asked
    after = times(corpus.out / "annotations") | times(corpus.out / "clips")
    assert all(after[path] == before[path] for path in before if path.endswith((".json", ".mp4")))

    store = CorpusStore(corpus.out)
    rows = read_manifest(store)
    assert [row.member_names for row in rows] == [("mp4", "json", "zip")] * 5
    found = 0
    for row in rows:
        record = open_clip(store, row).record
        images = open_references(store, row, record)
        named = {entity.id: entity.reference for entity in record.entities if entity.reference}
        assert named == {entity: f"{entity}.png" for entity in images}
        assert not any(entity.kind != "subject" and entity.reference for entity in record.entities)
        assert {model.role for model in record.models} >= {"detector", "segmenter", "embedder"} or not images
        found += len(images)
    books = corpus.status()
    assert books["references"]["kept"] == books["pack"]["kept"] == 5
    told = shotloom("status", str(corpus.out)).stdout
    assert f"reference images: 5 clips: {found} of " in told and found >= 5
    assert shotloom("verify", str(corpus.out)).stdout.strip() == "5 clips checked, all right"
    inspected = shotloom("inspect", str(corpus.out), rows[0].key, "--out", str(tmp_path / "clip.png")).stdout
    assert "  image " in inspected and "confidence" in inspected
    assert "subjects have an image" in shotloom("explain", str(corpus.out), rows[0].key).stdout
    out = tmp_path / "cinebench"
    assert shotloom("export", "cinebench", str(corpus.out), "--out", str(out)).returncode == 0
    exported = {path.name for path in (out / "reference_images").iterdir()}
    assert sum("_ref_image_mask_" not in name for name in exported) == found
    assert shotloom("report", str(corpus.out)).returncode == 0
    assert len(list((corpus.out / "report/pictures").glob("*.png"))) >= 1
    assert "KEY.zip" in (corpus.out / "README.md").read_text()

    still = times(corpus.out / "annotations") | times(corpus.out / "shards")
    assert corpus.build(*words, *pictured(tiny)).returncode == 0
    assert times(corpus.out / "annotations") | times(corpus.out / "shards") == still

    off = corpus.build(*words)
    assert off.returncode == 0 and len(server.came()) == asked
    assert packed(corpus) == shards
    assert "references" not in corpus.status()


def with_a_second_name(path: Path) -> str:
    """What a model would have said that calls its one subject ``lady`` from frame 18 on, the first cut. Returns the first name."""
    said = read_stored(path.read_bytes())
    (subject,) = (entity for entity in said.entities if entity.kind == "subject")
    (acts,) = (event for event in said.events if event.entity == subject.id)
    assert acts.frames == (0, 54)
    cut = acts.end / 3
    before = acts.model_copy(update={"frames": (0, 18), "end": cut})
    after = {"entity": "lady", "frames": (18, 54), "start": cut, "prompt": acts.prompt.replace(subject.name, "{lady}")}
    others = tuple(event for event in said.events if event is not acts)
    events = sorted((*others, before, acts.model_copy(update=after)), key=lambda event: event.frames)
    lady = subject.model_copy(update={"id": "lady", "name": "{lady}", "description": "{lady} is a sign."})
    both = said.model_copy(update={"entities": (*said.entities, lady), "events": tuple(events)})
    path.write_bytes(both.model_dump_json(indent=1).encode() + b"\n")
    return subject.id


def test_one_subject_under_two_names_is_one_in_the_corpus_and_no_model_is_asked(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, tiny: Path, tmp_path: Path
) -> None:
    server = chat_server()
    assert corpus.build(*served(server.url)).returncode == 0
    asked = len(server.came())
    path = min(corpus.out.glob("annotations/*/*.json"))
    key, first = path.name.split(".")[0], with_a_second_name(path)

    done = corpus.build(*served(server.url), *pictured(tiny, segmenter="none", same_subject=0))
    assert done.returncode == 0 and len(server.came()) == asked, done.stderr
    (record,) = (record for record in corpus.records() if record.key == key)
    assert [entity.id for entity in record.entities if entity.kind == "subject"] == [first]
    acts = [event for event in record.events if event.entity == first]
    assert [event.frames for event in acts] == [(0, 18), (18, 54)]
    assert all(event.prompt.startswith(f"{{{first}}} ") for event in acts)
    assert "lady" not in record.model_dump_json() and {m.role for m in record.models} >= {"detector", "embedder"}
    assert corpus.status()["captions"]["faults"]["two_names"] == {"repaired": 1}
    assert "1 of two names given up" in shotloom("explain", str(corpus.out), key).stdout
    assert shotloom("verify", str(corpus.out)).stdout.strip() == "5 clips checked, all right"
    out = tmp_path / "cinebench"
    assert shotloom("export", "cinebench", str(corpus.out), "--out", str(out)).returncode == 0
    assert not any("lady" in file.read_text() for file in out.rglob("*.json"))

    apart = corpus.build(*served(server.url), *pictured(tiny, segmenter="none", same_subject="null"))
    assert apart.returncode == 0 and len(server.came()) == asked
    (record,) = (record for record in corpus.records() if record.key == key)
    assert [entity.id for entity in record.entities if entity.kind == "subject"] == [first, "lady"]


def test_a_build_killed_while_it_looks_for_subjects_ends_as_if_it_had_not_been(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, tiny: Path, tmp_path: Path
) -> None:
    settings = [*served(chat_server().url), *pictured(tiny)]
    assert corpus.build(*served(chat_server().url)).returncode == 0
    calm = type(corpus)(corpus.films, Path(shutil.copytree(corpus.out, tmp_path / "calm")))
    assert calm.build(*settings).returncode == 0
    driver = subprocess.Popen(
        corpus.arguments(*settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 120
    while not list(corpus.out.glob("annotations/*/*.references.*")):
        assert time.monotonic() < until and driver.poll() is None
        time.sleep(0.01)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    done = corpus.build(*settings)
    assert done.returncode == 0, done.stderr
    assert packed(corpus) == packed(calm)
    assert [path for path in corpus.out.rglob(".*") if path.name != ".shotloom.lock"] == []


def test_a_member_that_was_damaged_is_found(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, tiny: Path
) -> None:
    assert corpus.build(*served(chat_server().url), *pictured(tiny, segmenter="none")).returncode == 0
    row = read_manifest(CorpusStore(corpus.out))[0]
    shard = corpus.out / row.shard
    data = bytearray(shard.read_bytes())
    data[row.place("zip").offset + 60] ^= 0xFF
    shard.write_bytes(bytes(data))
    checked = shotloom("verify", str(corpus.out))
    assert checked.returncode == 1 and row.shard in checked.stdout


def test_weights_that_are_no_detector_end_the_run_after_the_words(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, tmp_path: Path
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    weights = f"captions.references.detector_weights.source={tmp_path}"
    done = corpus.build(*served(chat_server().url), "captions.references.detector=grounding-dino", weights)
    assert done.returncode == 2 and "captions.references: " in done.stderr
    assert len(corpus.annotations()) == 5
