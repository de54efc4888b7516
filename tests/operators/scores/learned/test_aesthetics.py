from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.embedders.transformer_embedder import TransformerEmbedder
from operators.picture_models.protocol import Picture
from operators.picture_models.registry import chosen_models
from operators.picture_models.weights import Weights, WeightsError, WeightsSettings
from operators.scan import ScanSettings
from operators.scores.learned.aesthetics_choice import PREDICTORS, AestheticsChoice, AestheticsSettings
from operators.scores.learned.aesthetics_predictor import load_head
from operators.scores.learned.tiny_checkpoint import TINY_DIMENSIONS, write_head

NAMES = ("laion", "siglip")


def published_head(name: str, dimensions: int) -> nn.Module:
    """As the two repositories build it, dropout included."""
    head = nn.Sequential(
        nn.Linear(dimensions, 1024), nn.Dropout(0.2), nn.Linear(1024, 128), nn.Dropout(0.2), nn.Linear(128, 64),
        nn.Dropout(0.1), nn.Linear(64, 16), *([nn.Dropout(0.2)] if name == "siglip" else []), nn.Linear(16, 1),
    )  # fmt: skip
    return nn.ModuleDict({"layers" if name == "laion" else "scoring_head": head})


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    for name in NAMES:
        write_tiny_checkpoint(PREDICTORS[name].encoder, folder / name)
        write_head(name, folder / f"{name}.pth", TINY_DIMENSIONS[name])
    return folder


def choice(name: str, weights: Path) -> AestheticsChoice:
    head, encoder = WeightsSettings(source=str(weights / f"{name}.pth")), WeightsSettings(source=str(weights / name))
    return AestheticsChoice(AestheticsSettings(predictor=name, head=head, encoder=encoder))


def pictures(count: int) -> list[Picture]:
    return list(np.random.default_rng(1).integers(0, 256, (count, 45, 80, 3), np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_points_are_those_of_the_published_network_on_the_same_weights(name: str, weights: Path) -> None:
    model = choice(name, weights).load("cpu")
    head = published_head(name, TINY_DIMENSIONS[name]).eval()
    head.load_state_dict(torch.load(weights / f"{name}.pth", weights_only=True))
    encoder = Weights(name, weights / name, "")
    vectors = TransformerEmbedder(PREDICTORS[name].encoder, encoder, model.model, "cpu").measure(pictures(5))
    with torch.inference_mode():
        expected = next(iter(head.values()))(torch.from_numpy(vectors)).numpy()
    np.testing.assert_allclose(model.measure(pictures(5)), expected, atol=1e-4)
    assert model.scores == (f"aesthetics_{name}",)


@pytest.mark.parametrize("name", NAMES)
def test_names_and_shapes_are_those_of_the_published_checkpoint(name: str, tmp_path: Path) -> None:
    dimensions = {"laion": 768, "siglip": 1152}[name]
    state = published_head(name, dimensions).state_dict()
    torch.save(OrderedDict(state), tmp_path / "head.pth")
    head = load_head(Weights("head", tmp_path / "head.pth", ""), PREDICTORS[name].layers)
    assert head.weight.shape == (dimensions,)
    save_file(dict(state), tmp_path / "head.safetensors")
    same = load_head(Weights("head", tmp_path / "head.safetensors", ""), PREDICTORS[name].layers)
    np.testing.assert_array_equal(same.weight, head.weight)


def test_a_batch_changes_nothing(weights: Path) -> None:
    model = choice("laion", weights).load("cpu")
    shown = pictures(19)
    alone = np.concatenate([model.measure([each]) for each in shown])
    np.testing.assert_allclose(model.measure(shown), alone, atol=1e-4)


def test_the_record_names_head_and_encoder_with_revisions_and_licenses(weights: Path) -> None:
    model = choice("siglip", weights).model
    assert model.role == "score"
    assert model.id == "aesthetics_siglip:siglip.pth+siglip"
    assert [part[:7] for part in model.revision.split("+")] == ["sha256:", "sha256:"]
    assert model.license == "unknown"
    own = WeightsSettings(source=str(weights / "siglip.pth"), license="AGPL-3.0")
    encoder = WeightsSettings(source=str(weights / "siglip"), license="Apache-2.0")
    settings = AestheticsSettings(predictor="siglip", head=own, encoder=encoder)
    assert AestheticsChoice(settings).model.license == "AGPL-3.0+Apache-2.0"


def test_none_is_the_default_and_loads_nothing() -> None:
    assert chosen_models(ScanSettings()) == ()


def test_another_head_is_refused(weights: Path) -> None:
    for wrong in (weights / "siglip.pth", weights / "laion" / "model.safetensors"):
        settings = AestheticsSettings(
            predictor="laion",
            head=WeightsSettings(source=str(wrong)),
            encoder=WeightsSettings(source=str(weights / "laion")),
        )
        with pytest.raises(WeightsError, match="not this predictor's head"):
            AestheticsChoice(settings).load("cpu")


def test_a_head_for_another_encoder_is_refused(weights: Path, tmp_path: Path) -> None:
    write_head("laion", tmp_path / "large.pth", 768)
    settings = AestheticsSettings(
        predictor="laion",
        head=WeightsSettings(source=str(tmp_path / "large.pth")),
        encoder=WeightsSettings(source=str(weights / "laion")),
    )
    with pytest.raises(WeightsError, match="vectors of 768, the encoder's have 24"):
        AestheticsChoice(settings).load("cpu")


class Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code of the checkpoint ran')",)


def test_a_checkpoint_is_read_for_numbers_only(tmp_path: Path) -> None:
    file = tmp_path / "head.pth"
    torch.save({"layers.0.weight": Hostile()}, file)
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        load_head(Weights("head", file, ""), PREDICTORS["laion"].layers)


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "huge", "layers"])
def test_a_damaged_head_is_refused(weights: Path, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "head.pth"
    data = (weights / "laion.pth").read_bytes()
    if damage == "layers":
        state = torch.load(weights / "laion.pth", weights_only=True)
        state["layers.2.weight"] = state["layers.2.weight"][:, :-1]
        torch.save(state, file)
    elif damage == "huge":
        with file.open("wb") as opened:
            opened.truncate(65 << 20)
    else:
        file.write_bytes({"truncated": data[: len(data) // 2], "empty": b"", "text": b"<html>not found</html>"}[damage])
    with pytest.raises(WeightsError):
        load_head(Weights("head", file, ""), PREDICTORS["laion"].layers)
