"""What is around the transformer is loaded whole or refused, and nothing of a stranger's code is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from training.model.encoders import load_text_model, load_tokenizer, load_vae
from training.model.release import CheckpointError
from training.model.tiny_checkpoint import write_tiny_release

CPU = torch.device("cpu")
PARTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "vae": ("diffusion_pytorch_model.safetensors", lambda release: load_vae(release, CPU)),
    "text_encoder": ("model.safetensors", lambda release: load_text_model(release, torch.float32, CPU)),
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["missing", "shape", "cut", "pickle", "elsewhere"])
def test_a_part_that_is_not_whole_is_refused_by_name(release: Path, tmp_path: Path, part: str, damage: str) -> None:
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    name, load = PARTS[part]
    file = copy / part / name
    load(copy)
    weights = load_file(file)
    largest = max(weights, key=lambda each: weights[each].numel())
    if damage == "missing":
        del weights[largest]
        save_file(weights, file, metadata={"format": "pt"})
    elif damage == "shape":
        weights[largest] = torch.zeros(weights[largest].numel() + 1)
        save_file(weights, file, metadata={"format": "pt"})
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-1000])
    elif damage == "pickle":
        torch.save(weights, file.with_suffix(".bin"))
        file.unlink()
    else:
        file.rename(tmp_path / "other.safetensors")
        index = {"metadata": {}, "weight_map": dict.fromkeys(weights, "../../other.safetensors")}
        file.with_name(f"{name}.index.json").write_text(json.dumps(index))
        (tmp_path / "other.safetensors").write_bytes(b"not to be read")
    with pytest.raises(CheckpointError, match=part) as told:
        load(copy)
    assert str(copy) in str(told.value)
    assert "\n" not in str(told.value)


def test_a_tokenizer_that_brings_code_is_refused_without_a_question(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / "copy"))
    folder, harm = copy / "tokenizer", tmp_path / "harm"
    config = json.loads((folder / "tokenizer_config.json").read_text())
    config |= {"tokenizer_class": "Harm", "auto_map": {"AutoTokenizer": ["harm.Harm", "harm.Harm"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "harm.py").write_text(f"open({str(harm)!r}, 'w')\nclass Harm: pass\n")
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "y")
    with pytest.raises(CheckpointError, match="tokenizer cannot be loaded"):
        load_tokenizer(copy)
    assert not harm.exists() and asked == []
    assert len(load_tokenizer(release)) > 256
