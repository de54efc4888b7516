from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from pydantic import ValidationError

from operators.film_measuring import measure_film
from operators.picture_models.protocol import Picture
from operators.picture_models.registry import chosen_models, load_models
from operators.picture_models.weights import WeightsError
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film
from operators.scan import ScanSettings
from operators.scores.clip import clip_scores
from operators.scores.learned.classifier_choice import ClassifierChoice, ClassifierSettings, score_name
from operators.scores.learned.tiny_checkpoint import LABELS, write_classifier
from operators.scores.registry import score_named


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("classifier")
    write_classifier(made)
    return made


def settings(folder: Path, *labels: str) -> ClassifierSettings:
    return ClassifierSettings(name="signs", source=str(folder), labels=labels)


def pictures(count: int) -> list[Picture]:
    return list(np.random.default_rng(1).integers(0, 256, (count, 45, 80, 3), np.uint8))


@pytest.mark.parametrize("several", [False, True])
def test_probabilities_are_those_of_the_transformers_model(tmp_path: Path, several: bool) -> None:
    write_classifier(tmp_path, several=several)
    shown = pictures(18)
    found = ClassifierChoice(settings(tmp_path, "Not Safe", "watermark")).load("cpu").measure(shown)
    network = transformers.ViTForImageClassification.from_pretrained(tmp_path).eval()
    processor = transformers.ViTImageProcessorPil.from_pretrained(tmp_path)
    with torch.inference_mode():
        inputs = processor(images=[Image.fromarray(each) for each in shown], return_tensors="pt")
        logits = network(**inputs).logits
    expected = (torch.sigmoid(logits) if several else logits.softmax(-1)).numpy()[:, [2, 1]]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_scores_are_called_by_classifier_and_label_and_have_a_rule(folder: Path) -> None:
    model = ClassifierChoice(settings(folder, "Not Safe", "watermark")).load("cpu")
    assert model.scores == ("classifier.signs.not_safe", "classifier.signs.watermark")
    score = score_named("classifier.signs.not_safe")
    assert (score.rule, score.low, score.high) == ("max", 0.0, 1.0)
    for wrong in ("classifier.", "classifier.signs", "classifier.Signs.x", "classifier.a.b.c"):
        with pytest.raises(KeyError):
            score_named(wrong)


def test_a_label_that_the_model_does_not_have_is_refused_with_those_it_has(folder: Path) -> None:
    with pytest.raises(WeightsError, match="no label 'nsfw'; it has: clean, watermark, Not Safe"):
        ClassifierChoice(settings(folder, "nsfw")).load("cpu")


def test_two_labels_under_one_name_are_refused(folder: Path) -> None:
    assert score_name("signs", "not safe!") == score_name("signs", "Not Safe")
    with pytest.raises(WeightsError, match="one score's name"):
        ClassifierChoice(settings(folder, "Not Safe", "not safe!")).load("cpu")


@pytest.mark.parametrize("damage", ["no weights", "truncated", "not a classifier"])
def test_what_is_no_classifier_is_refused(folder: Path, tmp_path: Path, damage: str) -> None:
    for name in ("config.json", "preprocessor_config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    if damage == "no weights":
        (tmp_path / "model.safetensors").unlink()
    elif damage == "truncated":
        (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-500])
    else:
        transformers.ViTModel(transformers.ViTConfig.from_pretrained(folder)).save_pretrained(tmp_path)
    with pytest.raises(WeightsError):
        ClassifierChoice(settings(tmp_path, "clean")).load("cpu")


def test_a_name_must_be_plain() -> None:
    with pytest.raises(ValidationError):
        ClassifierSettings(name="a.b", source="x", labels=("y",))
    with pytest.raises(ValidationError):
        ClassifierSettings(name="nsfw", source="x", labels=())


def test_a_scan_scores_fragments_and_a_clip_takes_the_worst(folder: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    render_film(random_film(6, "tune", "short"), film)
    asked = ScanSettings(network="none", classifiers=(settings(folder, *LABELS),))
    assert [choice.model.id for choice in chosen_models(asked)] == [f"classifier.signs:{folder.name}"]
    fragments = measure_film(film, "", asked, load_models(asked)).scan.fragments
    name = "classifier.signs.watermark"
    values = [fragment.scores[name] for fragment in fragments if name in fragment.scores]
    assert values
    assert all(0 <= value <= 1 for value in values)
    assert clip_scores((fragment, 1) for fragment in fragments)[name] == max(values)
