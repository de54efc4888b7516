from __future__ import annotations

from pathlib import Path

import pytest

from operators.picture_models.weights import WeightsError, find_weights


def test_a_folder_is_known_by_its_weight_files_alone(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = find_weights(str(tmp_path), "main").revision
    (tmp_path / "README.md").write_text("words")
    assert find_weights(str(tmp_path), "main").revision == first
    (tmp_path / "model.safetensors").write_bytes(b"two, longer")
    assert find_weights(str(tmp_path), "main").revision != first


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="holds no weights"):
        find_weights(str(tmp_path), "main")


def test_a_path_that_is_not_there_is_not_taken_for_a_hub_id(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="existing folder or a hub id"):
        find_weights(str(tmp_path / "absent"), "main")


def test_a_hub_id_that_cannot_be_had_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"nobody/nothing.*Name a folder"):
        find_weights("nobody/nothing", "main")
