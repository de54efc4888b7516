from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from operators.embedders.choice import EmbedderChoice
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.protocol import Picture, PictureModel
from operators.picture_models.weights import WeightsError, WeightsSettings

NAMES = ("siglip2", "clip", "dinov2")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for name in NAMES:
        write_tiny_checkpoint(name, folder / name)
    return folder


def loaded(name: str, folder: Path) -> PictureModel:
    return EmbedderChoice(name, WeightsSettings(source=str(folder))).load("cpu")


def pictures(count: int) -> list[Picture]:
    return list(np.random.default_rng(1).integers(0, 256, (count, 45, 80, 3), np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_vectors_have_length_one_and_do_not_depend_on_the_batch(name: str, checkpoints: Path) -> None:
    model = loaded(name, checkpoints / name)
    shown = pictures(21)
    together = model.measure(shown)
    alone = np.concatenate([model.measure([each]) for each in shown])
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_vectors_are_those_of_the_whole_published_model(checkpoints: Path) -> None:
    """CLIP's own way to the vector that it compares with text, text half loaded."""
    shown = pictures(3)
    whole = transformers.CLIPModel.from_pretrained(checkpoints / "clip").eval()
    processor = transformers.CLIPImageProcessorPil.from_pretrained(checkpoints / "clip")
    with torch.inference_mode():
        inputs = processor(images=[Image.fromarray(each) for each in shown], return_tensors="pt")
        found = whole.get_image_features(**inputs)
        vectors = found if isinstance(found, torch.Tensor) else found.pooler_output
    expected = torch.nn.functional.normalize(vectors, dim=-1).numpy()
    np.testing.assert_allclose(loaded("clip", checkpoints / "clip").measure(shown), expected, atol=1e-6)


@pytest.mark.parametrize(("name", "other"), [("siglip2", "dinov2"), ("dinov2", "clip"), ("clip", "siglip2")])
def test_another_models_checkpoint_is_refused(name: str, other: str, checkpoints: Path) -> None:
    with pytest.raises(WeightsError, match=name):
        loaded(name, checkpoints / other)


def test_a_truncated_checkpoint_is_refused(checkpoints: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoints / "dinov2", tmp_path / "dinov2"))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match="cannot be loaded as dinov2"):
        loaded("dinov2", folder)


def test_a_pickled_checkpoint_is_not_opened(checkpoints: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoints / "dinov2", tmp_path / "dinov2"))
    (folder / "model.safetensors").unlink()
    torch.save({"embeddings.cls_token": torch.zeros(1)}, folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="cannot be loaded as dinov2"):
        loaded("dinov2", folder)


@pytest.mark.parametrize("name", NAMES)
def test_the_record_names_the_exact_weights_and_no_license_that_is_not_known(name: str, checkpoints: Path) -> None:
    one = EmbedderChoice(name, WeightsSettings(source=str(checkpoints / name))).model
    assert one.revision.startswith("sha256:")
    assert (one.role, one.id, one.license) == ("embedder", f"{name}:{name}", "unknown")
    stated = EmbedderChoice(name, WeightsSettings(source=str(checkpoints / name), license="MIT")).model
    assert stated == one.model_copy(update={"license": "MIT"})
