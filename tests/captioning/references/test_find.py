from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captioning.frames.sampled_clip import SampledClip, SampledShot
from captioning.protocol import ClipAnnotation
from captioning.references.boxes import FoundBox, overlap
from captioning.references.find import FoundReferences, find_references, wanted_frames
from captioning.references.models import ReferenceModels
from captioning.references.one_name import with_one_name
from captioning.references.phrase import Phrase
from captioning.references.settings import ReferenceSettings
from formats.cinebench_export import export_cinebench
from formats.clip_json import clip_json, read_clip_json
from formats.clip_plan import MadeClip
from formats.clip_record import Model
from formats.references import read_references, references_of, references_zip
from operators.embedders.choice import EmbedderChoice
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.protocol import Answers, Picture, PictureModel
from operators.picture_models.weights import WeightsSettings
from tests.captioning.conversation.whole_record import record_around
from tests.captioning.made_clip import made_clip
from tests.captioning.references.conftest import BoxMasker, ColourDetector, square, taken, words

SETTINGS = ReferenceSettings(detector="grounding-dino", longest_side=64)


@pytest.fixture
def detector() -> ColourDetector:
    return ColourDetector()


@pytest.fixture
def find(squares: Path, made: MadeClip, tmp_path: Path, detector: ColourDetector):  # type: ignore[no-untyped-def]
    def found(
        annotation: ClipAnnotation, settings: ReferenceSettings = SETTINGS, masks: bool = False
    ) -> FoundReferences:
        wanted = wanted_frames(annotation, made, settings)
        path = taken(squares, made, wanted.frames, tmp_path / "frames.zip")
        models = ReferenceModels(detector, BoxMasker() if masks else None)
        return find_references(path, made, wanted, models, settings)

    return found


def test_each_subject_is_cut_out_of_a_frame_in_which_it_acts(find) -> None:  # type: ignore[no-untyped-def]
    found = find(words(("woman_red", (0, 24)), ("man_blue", (24, 54)), ("scene_wall", (0, 54))))
    assert [row.entity for row in found.references] == ["woman_red", "man_blue"]
    for row, colour in zip(found.references, ((250, 10, 10), (10, 10, 250)), strict=True):
        assert overlap(row.box, square(row.frame)) > 0.9
        image = Image.open(io.BytesIO(found.images[row.entity].image))
        assert image.size == (row.width, row.height) and max(image.size) == 64
        middle = np.asarray(image)[row.height // 4 : -row.height // 4, row.width // 4 : -row.width // 4]
        assert np.abs(middle.astype(int) - colour).mean() < 25
    assert (found.counts.subjects, found.counts.found, found.counts.missing) == (2, 2, ())
    assert set(read_references(references_zip(found.images))) == {"woman_red", "man_blue"}


def test_no_image_is_of_a_shot_in_which_the_subject_has_no_event(find, detector: ColourDetector) -> None:  # type: ignore[no-untyped-def]
    """Red is seen in the first shot only, and this one acts in the second."""
    found = find(words(("woman_red", (24, 54))))
    assert found.references == () and found.images == {}
    assert found.counts.missing == (("no_box", 1),)
    assert [len(asked) for asked in detector.asked] == [4]


def test_the_square_that_grows_is_taken_where_it_is_largest(find) -> None:  # type: ignore[no-untyped-def]
    (row,) = find(words(("woman_red", (0, 24)))).references
    assert row.frame == 19, "of 4, 9, 14 and 19"


def test_two_names_for_one_square_give_one_image(find, detector: ColourDetector) -> None:  # type: ignore[no-untyped-def]
    detector.surer["queen red"] = 0.2
    found = find(words(("woman_red", (0, 24)), ("queen_red", (0, 24))))
    assert [row.entity for row in found.references] == ["queen_red"]
    assert found.counts.missing == (("taken_for_another", 1),)


def test_two_names_of_one_being_in_one_box_are_one_subject_without_an_embedder_too(find) -> None:  # type: ignore[no-untyped-def]
    acts = words(("woman_red", (0, 24)), ("lady_red", (0, 24)), ("man_blue", (24, 54)))
    found = find(acts)
    assert [(each.entity, each.also) for each in found.same] == [("woman_red", "lady_red")]
    assert [row.entity for row in found.references] == ["woman_red", "man_blue"] and found.counts.missing == ()
    assert find(acts, SETTINGS.model_copy(update={"same_subject": None})).counts.missing == (("taken_for_another", 1),)


def test_a_crop_of_a_few_pixels_is_no_image(find) -> None:  # type: ignore[no-untyped-def]
    found = find(words(("man_blue", (24, 54))), SETTINGS.model_copy(update={"min_side": 81}))
    assert found.references == () and found.counts.missing == (("too_small", 1),)


def test_a_mask_is_cut_out_with_its_image(find) -> None:  # type: ignore[no-untyped-def]
    found = find(words(("man_blue", (24, 54))), masks=True)
    (row,) = found.references
    mask = np.asarray(Image.open(io.BytesIO(found.images["man_blue"].mask)))
    assert row.mask == "man_blue.mask.png" and mask.shape == (row.height, row.width)
    assert mask[:, : row.width // 2 - 1].min() > 127 > mask[:, row.width // 2 + 1 :].max()


@pytest.mark.parametrize(("batch", "passes"), [(1, [1] * 8), (3, [3, 3, 2]), (100, [8])])
def test_whatever_is_one_batch_the_images_are_the_same(  # type: ignore[no-untyped-def]
    find, detector: ColourDetector, batch: int, passes: list[int]
) -> None:
    annotation = words(("woman_red", (0, 24)), ("man_blue", (24, 54)))
    usual = find(annotation)
    detector.asked.clear()
    assert find(annotation, SETTINGS.model_copy(update={"detector_batch": batch})) == usual
    assert [len(asked) for asked in detector.asked] == passes


class MeanColour:
    """An embedder to which a picture is its mean colour."""

    model = Model(role="embedder", id="mean", revision="1", license="MIT")
    scores = ()
    side = 8

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        means = np.stack([picture.mean(axis=(0, 1)) for picture in pictures]).astype(np.float32)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


class EitherDetector(ColourDetector):
    """Finds the one square or the other, whatever it is asked for."""

    def find(self, asked: Sequence[tuple[Picture, Phrase]]) -> list[tuple[FoundBox, ...]]:
        return [
            self._found(picture, Phrase("red", "")) or self._found(picture, Phrase("blue", "")) for picture, _ in asked
        ]


def test_with_an_embedder_an_image_says_how_like_the_other_shots_it_is(
    squares: Path, made: MadeClip, tmp_path: Path
) -> None:
    wanted = wanted_frames(words(("cat", (0, 54))), made, SETTINGS)
    path = taken(squares, made, wanted.frames, tmp_path / "frames.zip")
    models = ReferenceModels(EitherDetector(), None, MeanColour())
    (row,) = find_references(path, made, wanted, models, SETTINGS).references
    assert 0 < row.likeness < 0.4, "red and blue are not alike"
    (bare,) = find_references(path, made, wanted, ReferenceModels(EitherDetector()), SETTINGS).references
    assert bare.likeness == 0.0


THREE_SHOTS = ((0, 12), (12, 24), (24, 54))
TWO_NAMES = words(("woman_red", (0, 12)), ("lady_red", (12, 24)), ("thing_blue", (24, 54)))


@pytest.fixture(scope="module", params=["siglip2", "dinov2"])
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> PictureModel:
    """Of random weights: a red square is to it as another, and unlike a blue one."""
    folder = tmp_path_factory.mktemp(request.param)
    write_tiny_checkpoint(request.param, folder)
    return EmbedderChoice(request.param, WeightsSettings(source=str(folder))).load("cpu")


@pytest.mark.parametrize(("least", "subjects"), [(0.9, ["woman_red", "thing_blue"]), (None, None)])
def test_one_subject_under_two_names_has_one_image_out_of_the_frames_of_both(
    squares: Path, tmp_path: Path, embedder: PictureModel, least: float | None, subjects: list[str] | None
) -> None:
    made = made_clip(squares, THREE_SHOTS)
    settings = SETTINGS.model_copy(update={"embedder": "siglip2", "same_subject": least})
    wanted = wanted_frames(TWO_NAMES, made, settings)
    path = taken(squares, made, wanted.frames, tmp_path / "frames.zip")
    found = find_references(path, made, wanted, ReferenceModels(ColourDetector(), None, embedder), settings)
    assert [row.entity for row in found.references] == (subjects or ["woman_red", "lady_red", "thing_blue"])
    assert [(each.entity, each.also) for each in found.same] == ([("woman_red", "lady_red")] if subjects else [])
    assert found.counts.two_names == len(found.same) and found.counts.subjects == len(found.references)
    if subjects:
        assert found.references[0].frame >= 12, "the square is largest in the second shot"
        assert found.references[0].likeness > 0.9

    clip = SampledClip(
        made.key, Fraction(24), tuple(SampledShot(number, frames, ()) for number, frames in enumerate(THREE_SHOTS))
    )
    record = record_around(clip, with_one_name(TWO_NAMES, found.same), (made.width, made.height))
    images = {row.entity: row.image for row in found.references}
    entities = tuple(each.model_copy(update={"reference": images[each.id]}) for each in record.entities)
    whole = record.model_copy(update={"entities": entities, "references": found.references})
    assert references_of(read_clip_json(clip_json(whole)), references_zip(found.images)) == found.images
    exported = export_cinebench(whole)
    assert [each.name for each in exported.global_entities] == [each.name for each in record.entities]
    assert [each.name for each in exported.dense_entities] == [f"{{{event.entity}}}" for event in record.events]
    assert ("lady_red" in exported.model_dump_json()) == (subjects is None)


def test_a_clip_without_subjects_asks_nobody(find, detector: ColourDetector, made: MadeClip) -> None:  # type: ignore[no-untyped-def]
    annotation = words(("scene_wall", (0, 54)))
    nowhere = Path("/nowhere/frames.zip")
    wanted = wanted_frames(annotation, made, SETTINGS)
    found = find_references(nowhere, made, wanted, ReferenceModels(detector, None), SETTINGS)
    assert wanted.frames == () and found.images == {} and detector.asked == []


def test_the_detector_is_told_name_and_description(find, detector: ColourDetector) -> None:  # type: ignore[no-untyped-def]
    find(words(("woman_red", (0, 24)), description="{woman_red} is a woman. She runs."))
    assert {phrase.text for asked in detector.asked for phrase in asked} == {"woman red. a woman."}
