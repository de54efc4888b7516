from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from captioning.engines.checkpoint import find_checkpoint
from operators.picture_models.weights import WeightsError


def test_a_folder_stands_for_the_sum_of_its_weights(tiny: Path) -> None:
    found = find_checkpoint(str(tiny), "")
    assert found.path == tiny
    assert found.id == "tiny-qwen"
    assert found.revision.startswith("sha256:")


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _no_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


@pytest.mark.parametrize(
    ("broken", "named"),
    [(_without("config.json"), "lacks config.json"), (_pickled, "no .safetensors"), (_no_tokenizer, "no tokenizer")],
)
def test_what_a_folder_lacks_is_named(tiny: Path, tmp_path: Path, broken: Callable[[Path], None], named: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "copy")
    broken(folder)
    with pytest.raises(WeightsError, match=named):
        find_checkpoint(str(folder), "")


def test_a_file_is_no_checkpoint(tiny: Path) -> None:
    with pytest.raises(WeightsError, match="is a file"):
        find_checkpoint(str(tiny / "model.safetensors"), "")


def test_a_hub_id_that_cannot_be_had_is_named_with_its_revision(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=r"'nobody/no-such-model' at 'v9'"):
        find_checkpoint("nobody/no-such-model", "v9")
