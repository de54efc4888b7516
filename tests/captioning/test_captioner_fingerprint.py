from __future__ import annotations

from pathlib import Path

import pytest

from captioning.captioner_fingerprint import captioner_fingerprint
from captioning.settings import CaptionSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"first")
    return tmp_path


def fingerprint_of(backend: str, model: Path | str, **more: str) -> str:
    settings = {"backend": backend, "models": {"clip": {"id": str(model), **more}}}
    return captioner_fingerprint(CaptionSettings.model_validate(settings))


@pytest.mark.parametrize("backend", ["transformers", "vllm"])
def test_other_weights_in_the_same_folder_are_another_captioner(folder: Path, backend: str) -> None:
    before = fingerprint_of(backend, folder)
    assert fingerprint_of(backend, folder) == before
    (folder / "model.safetensors").write_bytes(b"second")
    assert fingerprint_of(backend, folder) != before


def test_a_server_knows_its_model_by_name_alone(folder: Path) -> None:
    before = fingerprint_of("server", folder)
    (folder / "model.safetensors").write_bytes(b"second")
    assert fingerprint_of("server", folder) == before


def test_a_model_that_is_not_here_counts_by_its_id_and_revision() -> None:
    assert fingerprint_of("vllm", "org/model") == fingerprint_of("vllm", "org/model")
    assert fingerprint_of("vllm", "org/model") != fingerprint_of("vllm", "org/model", revision="abc")


def test_a_folder_without_weights_counts_by_its_name(tmp_path: Path) -> None:
    assert fingerprint_of("vllm", tmp_path) == fingerprint_of("vllm", tmp_path)


def test_what_is_looked_for_after_the_words_shapes_none_of_them() -> None:
    plain = {"backend": "server", "models": {"clip": {"id": "org/model"}}}
    later = {"alignment": {"scorer": "clip"}, "references": {"detector": "grounding-dino"}}
    assert captioner_fingerprint(CaptionSettings.model_validate(plain | later)) == captioner_fingerprint(
        CaptionSettings.model_validate(plain)
    )
