"""What encodes is known by its files, or by its commit on the hub."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import training.model.part_digest as part_digest_module
from training.caches.release_parts import identify_parts
from training.model.part_digest import part_digest
from training.model.release import CheckpointError, Release
from training.model.tiny_checkpoint import TEXT_WIDTH, write_tiny_release


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder


def test_a_copy_is_the_same_and_any_other_byte_of_a_part_is_another_part(release: Path, tmp_path: Path) -> None:
    known = identify_parts(str(release), "")
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    same = identify_parts(str(copy), "")
    assert (same.vae, same.text_encoder) == (known.vae, known.text_encoder)
    vocabulary = copy / "tokenizer" / "tokenizer.json"
    vocabulary.write_text(vocabulary.read_text() + " ")
    changed = identify_parts(str(copy), "")
    assert changed.vae == known.vae
    assert changed.text_encoder != known.text_encoder
    weights = copy / "vae" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert identify_parts(str(copy), "").vae != known.vae


def test_a_large_file_is_known_by_its_size_and_by_blocks_all_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_digest_module, "_WHOLE", 100)
    monkeypatch.setattr(part_digest_module, "_BLOCK", 10)
    monkeypatch.setattr(part_digest_module, "_BLOCKS", 5)
    (tmp_path / "a").mkdir()
    file = tmp_path / "a" / "model.safetensors"
    whole = bytes(range(250)) * 4
    digests = set()
    for data in (whole, b"\1" + whole[1:], whole[:-1] + b"\1", whole + b"\0", whole[:500] + b"\7\7" + whole[502:]):
        file.write_bytes(data)
        digests.add(part_digest(tmp_path / "a"))
    assert len(digests) == 5


def test_a_release_of_the_hub_is_its_commit_and_needs_no_weights(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def on_the_hub(source: str, revision: str, files: tuple[str, ...]) -> Release:
        asked.extend(files)
        return Release(release, "0123abcd")

    monkeypatch.setattr("training.caches.release_parts.find_release", on_the_hub)
    parts = identify_parts("Wan-AI/Wan2.1-T2V-1.3B-Diffusers", "")
    assert (parts.vae, parts.text_encoder) == ("0123abcd", "0123abcd")
    assert not [pattern for pattern in asked if "safetensors" in pattern]
    assert parts.text_width == TEXT_WIDTH
    assert parts.scale.z_dim == 16


@pytest.mark.parametrize("part", ["vae", "text_encoder", "tokenizer"])
def test_a_part_that_is_not_there_is_named(release: Path, tmp_path: Path, part: str) -> None:
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    shutil.rmtree(copy / part)
    with pytest.raises(CheckpointError, match=part):
        identify_parts(str(copy), "")
