"""Grounding DINO and SAM 2 of random weights, in the published formats."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.references.grounding_dino import MOST_BOXES, GroundingDino, _in_pixels
from captioning.references.models import open_reference_models
from captioning.references.phrase import Phrase
from captioning.references.settings import ReferenceSettings
from captioning.references.stored import references_fingerprint
from captioning.references.tiny_checkpoints import write_tiny_detector, write_tiny_segmenter
from formats.film_scan import PictureBox
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.weights import WeightsError
from operators.sample_films.photographs import load_photograph

PICTURE = np.ascontiguousarray(load_photograph("astronaut")[:270, :480])
WOMAN, CAT = Phrase("woman", "a woman in an orange suit"), Phrase("cat", "")


def chosen(tiny: Path, masks: bool = False, least: float = 0.25) -> ReferenceSettings:
    given = {
        "detector": "grounding-dino",
        "detector_weights": {"source": str(tiny / "grounding-dino"), "license": "MIT"},
        "segmenter": "sam2" if masks else "none",
        "segmenter_weights": {"source": str(tiny / "sam2")},
        "min_confidence": least,
    }
    return ReferenceSettings.model_validate(given)


def detector(tiny: Path, least: float = 0.25) -> GroundingDino:
    opened = open_reference_models(chosen(tiny, least=least), "cpu").detector
    assert isinstance(opened, GroundingDino)
    return opened


def test_boxes_lie_in_the_picture_the_surest_first(tiny: Path) -> None:
    found = detector(tiny).find([(PICTURE, WOMAN), (PICTURE, CAT)])
    assert len(found) == 2
    for boxes in found:
        assert 0 < len(boxes) <= MOST_BOXES
        confidences = [each.confidence for each in boxes]
        assert confidences == sorted(confidences, reverse=True) and 0 <= confidences[-1] <= confidences[0] <= 1
        for each in boxes:
            left, top, right, bottom = each.box
            assert 0 <= left < right <= 480 and 0 <= top < bottom <= 270


def test_what_is_found_does_not_depend_on_what_else_is_asked(tiny: Path) -> None:
    model = detector(tiny)
    alone = model.find([(PICTURE, CAT)])[0]
    for others in ([CAT] * 6, [WOMAN, CAT, Phrase("a" * 80, "b" * 160)]):
        found = model.find([(PICTURE, phrase) for phrase in others])[1]
        assert len(found) == len(alone)
        for one, other in zip(found, alone, strict=True):
            assert one.confidence == pytest.approx(other.confidence, abs=2e-3)


OTHER_PICTURES = [np.ascontiguousarray(load_photograph(name)[:240, :320]) for name in ("astronaut", "cat", "coffee")]


@pytest.mark.parametrize("batch", [2, 5, 12])
def test_in_a_batch_of_pictures_each_gets_what_it_gets_alone(tiny: Path, batch: int) -> None:
    """Every one of these weights' boxes: none is near a limit that a batch might push it over."""
    model = detector(tiny, least=0.0)
    asked = [(picture, phrase) for picture in OTHER_PICTURES for phrase in (WOMAN, CAT, Phrase("red cup", ""), CAT)]
    alone = [model.find([one])[0] for one in asked]
    assert len({tuple(each.confidence for each in boxes) for boxes in alone}) == 9, "CAT is asked for twice"
    together = [boxes for at in range(0, len(asked), batch) for boxes in model.find(asked[at : at + batch])]
    for one, other in zip(together, alone, strict=True):
        assert [each.confidence for each in one] == pytest.approx([each.confidence for each in other], abs=2e-3)
        apart = {place(each.box) for each in one} ^ {place(each.box) for each in other}
        assert len(apart) <= 2, "the last of the surest may be another"


def place(box: PictureBox) -> tuple[int, ...]:
    """To within a few pixels."""
    return tuple(round(side / 8) for side in box)


def test_nobody_is_looked_for_in_nothing(tiny: Path) -> None:
    assert detector(tiny).find([]) == []


def test_name_and_description_count_alike(tiny: Path) -> None:
    """By the model's own numbers: the mean over the two of the largest probability of a token."""
    model = detector(tiny, least=0.0)
    words = model._words([WOMAN.text], return_tensors="pt")
    ids = words["input_ids"][0].tolist()
    first, second = (place for place, token in enumerate(ids) if token == model._stop)
    pixels = model._pictures(images=[PICTURE], return_tensors="pt", input_data_format="channels_last")
    with torch.inference_mode():
        seen = model._network(**pixels, **words)
    sure = seen.logits[0].sigmoid()
    name, description = sure[:, 1:first].amax(dim=1), sure[:, first + 1 : second].amax(dim=1)
    assert float((name - description).abs().max()) > 0.05, "these weights tell them apart"
    wanted = ((name + description) / 2).sort(descending=True).values[:MOST_BOXES].tolist()
    (found,) = model.find([(PICTURE, WOMAN)])
    assert [each.confidence for each in found] == pytest.approx(wanted, abs=1e-3)


def test_nothing_sure_is_nothing_found(tiny: Path) -> None:
    model = detector(tiny)
    model._least = 1.01
    assert model.find([(PICTURE, WOMAN), (PICTURE, CAT)]) == [(), ()]


@pytest.mark.parametrize("shape", [(16, 16, 3), (30, 300, 3), (300, 64, 3)])
def test_pictures_of_any_shape_are_looked_at(tiny: Path, shape: tuple[int, int, int]) -> None:
    (found,) = detector(tiny).find([(np.full(shape, 9, np.uint8), CAT)])
    assert all(0 <= each.box[0] < each.box[2] <= shape[1] for each in found)


@pytest.fixture(scope="module")
def loaded(tiny: Path) -> GroundingDino:
    return detector(tiny)


@given(st.text(max_size=30), st.text(max_size=60))
@settings(max_examples=10)
def test_words_of_any_script_are_asked_for(loaded: GroundingDino, name: str, description: str) -> None:
    clean = [text.replace(".", "").replace("?", "") for text in (name, description)]
    assert len(loaded.find([(PICTURE[:64, :64], Phrase(*clean))])) == 1


def test_a_box_is_centre_and_size() -> None:
    assert _in_pixels(torch.tensor([0.5, 0.5, 0.5, 1.0]), (200, 100)) == (50, 0, 150, 100)
    assert _in_pixels(torch.tensor([0.0, 0.5, 0.5, 2.0]), (200, 100)) == (0, 0, 50, 100)


def test_the_tiny_models_are_of_the_kinds_that_are_published(tiny: Path) -> None:
    kinds = {name: json.loads((tiny / name / "config.json").read_text()) for name in ("grounding-dino", "sam2")}
    assert kinds["grounding-dino"]["architectures"] == ["GroundingDinoForObjectDetection"]
    assert kinds["sam2"]["model_type"] == "sam2_video"
    saved = safetensors.numpy.load_file(tiny / "grounding-dino" / "model.safetensors")
    assert "bbox_embed.0.layers.0.weight" in saved and "bbox_embed.1.layers.0.weight" not in saved


def test_a_mask_is_as_large_as_the_picture(tiny: Path) -> None:
    segmenter = open_reference_models(chosen(tiny, masks=True), "cpu").segmenter
    assert segmenter is not None
    one, other = (segmenter.mask(PICTURE, box) for box in ((10, 20, 200, 200), (300, 100, 470, 260)))
    assert one.shape == PICTURE.shape[:2] and one.dtype == np.bool_
    assert not np.array_equal(one, other)


def test_the_record_names_the_exact_models(tiny: Path) -> None:
    detector_model, segmenter_model = open_reference_models(chosen(tiny, masks=True), "cpu").models
    assert (detector_model.role, detector_model.id, detector_model.license) == ("detector", "grounding-dino", "MIT")
    assert (segmenter_model.role, segmenter_model.id, segmenter_model.license) == ("segmenter", "sam2", "unknown")
    assert detector_model.revision.startswith("sha256:") and segmenter_model.revision.startswith("sha256:")


def test_what_is_found_is_compared_by_an_embedder(tiny: Path, tmp_path: Path) -> None:
    write_tiny_checkpoint("dinov2", tmp_path / "dinov2")
    values = chosen(tiny).model_dump() | {
        "embedder": "dinov2",
        "embedder_weights": {"source": str(tmp_path / "dinov2")},
    }
    models = open_reference_models(ReferenceSettings.model_validate(values), "cpu")
    assert models.embedder is not None
    vectors = models.embedder.measure([PICTURE[:90, :50], PICTURE[:40, :160], PICTURE[:90, :50]])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5) and np.allclose(vectors[0], vectors[2])
    assert [model.role for model in models.models] == ["detector", "embedder"]


def test_a_folder_that_is_no_such_model_is_refused(tiny: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny / "grounding-dino", broken / "grounding-dino")
    shutil.copytree(tiny / "sam2", broken / "sam2")

    def says(text: str, masks: bool = False) -> None:
        with pytest.raises(WeightsError, match=text):
            open_reference_models(chosen(broken, masks), "cpu")

    weights = broken / "sam2" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    says("cannot be loaded as SAM 2", masks=True)
    weights.unlink()
    says("holds no weights", masks=True)
    (broken / "grounding-dino" / "tokenizer.json").unlink()
    says("has no tokenizer")
    config = broken / "grounding-dino" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"num_queries": 30}))
    says("cannot be loaded as Grounding DINO")
    write_tiny_segmenter(config.parent)
    says("Grounding DINO")
    config.write_text("{")
    says("cannot be loaded as Grounding DINO")


def test_other_weights_in_the_same_folder_are_another_fingerprint(tiny: Path, tmp_path: Path) -> None:
    for name in ("grounding-dino", "sam2"):
        shutil.copytree(tiny / name, tmp_path / name)
    prints = [references_fingerprint(chosen(tmp_path, masks=True))]
    for write, name in ((write_tiny_detector, "grounding-dino"), (write_tiny_segmenter, "sam2")):
        write(tmp_path / name, seed=5)
        prints.append(references_fingerprint(chosen(tmp_path, masks=True)))
    assert len(set(prints)) == 3
    assert references_fingerprint(chosen(tmp_path / "nowhere")) == references_fingerprint(chosen(tmp_path / "nowhere"))


def test_equal_seeds_give_equal_checkpoints(tmp_path: Path) -> None:
    for write in (write_tiny_detector, write_tiny_segmenter):
        for name, seed in (("one", 0), ("again", 0), ("other", 1)):
            write(tmp_path / name, seed)
        one, again, other = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "again", "other"))
        assert one == again and one != other and len(one) < 3_000_000
