"""The golden numbers come from ImageBind's own code: ``benchmarks/imagebind_golden.py`` made them."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from operators.embedders.choice import EmbedderChoice
from operators.embedders.imagebind import DEVIATION, MEAN, ImageBind, as_imagebind_sees
from operators.embedders.imagebind_trunk import TrunkShape, load_trunk
from operators.picture_models.weights import Weights, WeightsError, WeightsSettings

GOLDEN = np.load(Path(__file__).with_name("imagebind_golden.npz"))
TINY = TrunkShape(width=16, blocks=3, heads=2, out=12)


def checkpoint() -> dict[str, Tensor]:
    """All names of the official file; the other senses' tensors are stand-ins, since nothing may read them."""
    vision = {name: torch.from_numpy(GOLDEN[name]) for name in GOLDEN.files if name.startswith("weight:")}
    named = {name.removeprefix("weight:"): tensor for name, tensor in vision.items()}
    return named | {str(name): torch.zeros(1) for name in GOLDEN["others"]}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.save(checkpoint(), tmp_path / "imagebind.pth")
    return tmp_path / "imagebind.pth"


def test_vectors_are_those_of_the_reference(weights: Path) -> None:
    pictures = np.random.default_rng(int(GOLDEN["seed"])).standard_normal((3, 3, 224, 224), np.float32)
    with torch.inference_mode():
        vectors = load_trunk(weights, TINY)(torch.from_numpy(pictures)).numpy()
    np.testing.assert_allclose(vectors, GOLDEN["vectors"], atol=1e-5, rtol=0)


def test_the_golden_vectors_differ_between_pictures() -> None:
    one, other = GOLDEN["vectors"][:2]
    assert np.abs(one - other).max() > 1e-3


def test_a_batch_gives_what_each_picture_gives_alone(weights: Path) -> None:
    choice = EmbedderChoice("imagebind", WeightsSettings(source=str(weights)))
    model = ImageBind(Weights("tiny", weights, "1"), choice.model, "cpu", TINY)
    shown = list(np.random.default_rng(2).integers(0, 256, (18, 40, 70, 3), np.uint8))
    together = model.measure(shown)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(together, np.concatenate([model.measure([each]) for each in shown]), atol=1e-5)


@pytest.mark.parametrize(
    "name", ["modality_trunks.vision.blocks.1.attn.in_proj_bias", "modality_heads.vision.2.weight"]
)
def test_a_vision_weight_that_is_missing_is_refused(name: str, tmp_path: Path) -> None:
    torch.save({key: value for key, value in checkpoint().items() if key != name}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="not ImageBind's checkpoint"):
        load_trunk(tmp_path / "w.pth", TINY)


@pytest.mark.parametrize(
    "name", ["modality_trunks.vision.blocks.3.norm_1.weight", "modality_trunks.touch.x", "fc.weight"]
)
def test_a_weight_that_belongs_to_no_sense_is_refused(name: str, tmp_path: Path) -> None:
    torch.save(checkpoint() | {name: torch.zeros(16)}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="not ImageBind's checkpoint"):
        load_trunk(tmp_path / "w.pth", TINY)


def test_the_official_shape_refuses_smaller_weights(weights: Path) -> None:
    with pytest.raises(WeightsError, match="not ImageBind's checkpoint"):
        EmbedderChoice("imagebind", WeightsSettings(source=str(weights))).load("cpu")


class _Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("harm-was-done"),))  # type: ignore[return-value]


def test_a_pickle_that_would_run_code_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.pth").write_bytes(pickle.dumps({"a": _Harmful()}))
    with pytest.raises(WeightsError):
        load_trunk(tmp_path / "w.pth", TINY)
    torch.save({"a": _Harmful()}, tmp_path / "w.pth")
    with pytest.raises(WeightsError):
        load_trunk(tmp_path / "w.pth", TINY)
    assert not (tmp_path / "harm-was-done").exists()


def test_a_truncated_file_is_refused(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-500])
    with pytest.raises(WeightsError):
        load_trunk(weights, TINY)


@pytest.mark.parametrize("shape", [(90, 160), (301, 225), (224, 224), (1080, 1920)])
def test_it_sees_the_middle_square(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), (10, 120, 250), np.uint8)
    seen = as_imagebind_sees(picture)
    assert seen.shape == (3, 224, 224)
    np.testing.assert_allclose(seen[:, 0, 0], (np.array([10, 120, 250]) / 255 - MEAN) / DEVIATION, rtol=1e-5)


def test_a_square_picture_is_scaled_as_pillow_does() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (448, 448, 3), np.uint8)
    scaled = np.asarray(Image.fromarray(picture).resize((224, 224), Image.Resampling.BICUBIC))
    expected = (scaled / 255 - MEAN) / DEVIATION
    np.testing.assert_allclose(as_imagebind_sees(picture), expected.transpose(2, 0, 1), atol=1e-5)


def test_its_license_is_said_wherever_the_weights_lie(weights: Path) -> None:
    chosen = EmbedderChoice("imagebind", WeightsSettings(source=str(weights), license="MIT"))
    assert chosen.model.license == "CC-BY-NC-SA-4.0"
