from __future__ import annotations

import io
import os
import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captioning.alignment.aligner import Aligner
from captioning.alignment.sentences import sentences_of
from captioning.alignment.settings import AlignmentSettings
from captioning.alignment.shot_scores import alignment_scores, sentences_by_shot
from captioning.asks import AskPicture
from captioning.frames.sample_task import sample_frames_task
from captioning.frames.sampled_clip import SampledClip, SampledFrame, SampledShot
from captioning.frames.sampled_file import read_sampled
from captioning.frames.sampling_settings import SamplingSettings
from captioning.protocol import ClipAnnotation
from formats.clip_record import Caption
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from operators.picture_models.weights import WeightsError, WeightsSettings
from operators.sample_films.photographs import load_photograph
from operators.sample_films.plans import CameraPlan, FilmPlan, JoinPlan, ShotPlan
from operators.sample_films.render import render_film
from tests.captioning.made_clip import made_clip

REAL = os.environ.get("SHOTLOOM_ALIGNER", "")
CONTENT = {
    "astronaut": "A woman astronaut in an orange space suit smiles beside a flag.",
    "cat": "A close view of the face of a ginger cat.",
    "coffee": "A cup of coffee stands on a saucer with a spoon.",
    "rocket": "A rocket stands on its launch pad at night.",
    "motorcycle": "A motorcycle is parked in a garage.",
    "flower": "A pink flower in bloom among leaves.",
    "moon": "The cratered surface of the moon.",
    "temple": "A Chinese temple with a curved roof behind trees.",
}
"""Photographs whose content is known."""

SHOT_FRAMES = 24
CAMERAS = (CameraPlan("zoom", zoom=0.002), CameraPlan("pan", dx=1.0), CameraPlan("handheld", shake=1.0))


def settings(name: str, folder: Path) -> AlignmentSettings:
    return AlignmentSettings.model_validate({"scorer": name, "weights": {"source": str(folder)}})


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("aligners")
    for name in ("clip", "siglip2"):
        write_tiny_checkpoint(name, folder / name)
    return folder


@pytest.fixture(scope="module", params=["clip", "siglip2"])
def aligner(request: pytest.FixtureRequest, checkpoints: Path) -> Aligner:
    return Aligner(settings(request.param, checkpoints / request.param), "cpu")


def photograph(name: str) -> Image.Image:
    return Image.fromarray(load_photograph(name)).resize((96, 64))


def shot_of(number: int, names: Sequence[str]) -> SampledShot:
    frames = []
    for place, name in enumerate(names):
        out = io.BytesIO()
        photograph(name).save(out, "JPEG", quality=95)
        frames.append(SampledFrame(10 * number + place, 0.0, AskPicture(out.getvalue(), 96, 64)))
    return SampledShot(number, (10 * number, 10 * number + 10), tuple(frames))


def clip_of(*shots: Sequence[str]) -> SampledClip:
    return SampledClip("aa" * 8, Fraction(24), tuple(shot_of(number, names) for number, names in enumerate(shots)))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> SampledClip:
    """A rendered film with one shot of each photograph, as a model is shown it: encoded, decoded and sampled."""
    folder = tmp_path_factory.mktemp("film")
    shots = tuple(
        ShotPlan(name, SHOT_FRAMES, seed, view=0.95, camera=CAMERAS[seed % len(CAMERAS)])
        for seed, name in enumerate(CONTENT)
    )
    joins = (JoinPlan(),) * (len(shots) - 1)
    plan = FilmPlan("known", "tune", "known", 7, 384, 216, "24/1", shots, joins)
    render_film(plan, folder / "known.mp4")
    ranges = tuple((SHOT_FRAMES * n, SHOT_FRAMES * (n + 1)) for n in range(len(shots)))
    made, sampling = made_clip(folder / "known.mp4", ranges, "aa-0-0-192"), SamplingSettings(pictures_per_shot=3)
    arguments = {"clip": str(folder / "known.mp4"), "sampled": str(folder / "known.zip")}
    as_json = {"sampling": sampling.model_dump(mode="json"), "made": made.model_dump(mode="json")}
    sample_frames_task(arguments | as_json)
    return read_sampled(folder / "known.zip", made, sampling)


def told(*captions: tuple[int, str, str]) -> ClipAnnotation:
    said = tuple(Caption(shot=shot, kind="shot", text=text, origin=origin) for shot, text, origin in captions)
    return ClipAnnotation(captions=said, entities=(), events=(), scores=(), tags=(), models=())


def scores(annotation: ClipAnnotation, clip: SampledClip, aligner: Aligner) -> dict[int, float]:
    return {score.shot: score.value for score in alignment_scores(annotation, clip, aligner)}


def test_cosines_are_those_of_the_whole_published_model(checkpoints: Path) -> None:
    """CLIP's own forward pass: its logits over its scale."""
    network = transformers.CLIPModel.from_pretrained(checkpoints / "clip").eval()
    words = transformers.AutoTokenizer.from_pretrained(checkpoints / "clip")
    processor = transformers.CLIPImageProcessorPil.from_pretrained(checkpoints / "clip")
    texts, pictures = ["a cat", "a cup of coffee, and more"], [photograph("cat"), photograph("coffee")]
    tokens = words(texts, padding=True, return_tensors="pt")
    with torch.inference_mode():
        pixels = processor(images=pictures, return_tensors="pt")["pixel_values"]
        seen = network(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], pixel_values=pixels)
        expected = (seen.logits_per_text / network.logit_scale.exp()).numpy()
    found = Aligner(settings("clip", checkpoints / "clip"), "cpu").cosines(texts, pictures)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_text_beyond_the_models_reading_is_cut_not_refused(aligner: Aligner) -> None:
    found = aligner.cosines(["word " * 500, ""], [photograph("cat")])
    assert found.shape == (2, 1)
    assert np.isfinite(found).all()


def test_each_shot_is_scored_by_its_own_pictures_and_words(aligner: Aligner) -> None:
    words = (0, "A cat looks up. It blinks.", "vlm"), (1, "A cup of coffee.", "vlm")
    there = scores(told(*words), clip_of(["cat", "moon"], ["coffee"]), aligner)
    changed = scores(told(*words), clip_of(["cat", "moon"], ["rocket"]), aligner)
    assert set(there) == {0, 1}
    assert changed[0] == there[0]
    assert changed[1] != there[1]


def test_a_score_is_the_mean_over_sentences_and_pictures(aligner: Aligner) -> None:
    (whole,) = alignment_scores(told((0, "A cat. A moon.", "vlm")), clip_of(["cat", "moon"]), aligner)
    parts = [
        scores(told((0, text, "vlm")), clip_of([name]), aligner)[0]
        for text in ("A cat.", "A moon.")
        for name in ("cat", "moon")
    ]
    assert whole.value == pytest.approx(np.mean(parts), abs=2e-4)
    assert (whole.shot, whole.name, whole.model) == (0, "alignment", aligner.model.id)
    assert aligner.model.role == "aligner"


def test_measured_words_and_shots_without_pictures_have_no_score(aligner: Aligner) -> None:
    annotation = told((0, "A still shot.", "measured"), (1, "A cat.", "vlm"), (-1, "A story.", "vlm"))
    assert scores(annotation, clip_of(["cat"], []), aligner) == {}
    assert sentences_by_shot(annotation) == {1: ["A cat."]}


def test_weights_without_a_text_half_or_a_tokenizer_are_refused_by_name(checkpoints: Path, tmp_path: Path) -> None:
    write_tiny_checkpoint("dinov2", tmp_path / "dinov2")
    with pytest.raises(WeightsError, match="dinov2"):
        Aligner(settings("clip", tmp_path / "dinov2"), "cpu")
    mute = shutil.copytree(checkpoints / "clip", tmp_path / "mute")
    for file in mute.glob("token*"):
        file.unlink()
    with pytest.raises(WeightsError, match=r"mute.*tokenizer"):
        Aligner(settings("clip", mute), "cpu")


@given(st.lists(st.sampled_from(("A cat", ". ", "! ", "? ", "\n", " ", "3.5", "é"))).map("".join))
def test_sentences_lose_no_word(text: str) -> None:
    found = sentences_of(text)
    assert found
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_caption_falls_into_its_sentences() -> None:
    assert sentences_of(" A cat sits. It is 3.5 kg!  Why? ") == ["A cat sits.", "It is 3.5 kg!", "Why?"]


def told_of_film(shift: int) -> ClipAnnotation:
    """The captions of the film's shots, each ``shift`` shots too early."""
    texts = list(CONTENT.values())
    return told(*((shot, texts[(shot + shift) % len(texts)], "vlm") for shot in range(len(texts))))


def test_a_rendered_films_shots_are_scored_each_by_its_own_words(film: SampledClip, aligner: Aligner) -> None:
    assert [len(shot.pictures) for shot in film.shots] == [3] * len(CONTENT)
    own, shifted = (scores(told_of_film(shift), film, aligner) for shift in (0, 1))
    assert set(own) == set(shifted) == set(range(len(CONTENT)))
    assert own == {shot: film_shot_alone(film, shot, aligner) for shot in own}
    assert all(own[shot] != shifted[shot] for shot in own)


def film_shot_alone(film: SampledClip, shot: int, aligner: Aligner) -> float:
    """The score of one shot's caption where nothing else was said."""
    return scores(told((shot, list(CONTENT.values())[shot], "vlm")), film, aligner)[shot]


@pytest.mark.skipif(
    not REAL, reason="needs a real model: SHOTLOOM_ALIGNER=clip or siglip2, and SHOTLOOM_ALIGNER_SOURCE where it lies"
)
def test_with_a_real_model_shuffled_captions_of_a_rendered_film_score_lower(film: SampledClip) -> None:
    """Every way of shifting the captions of shots whose content is known."""
    weights = WeightsSettings(source=os.environ.get("SHOTLOOM_ALIGNER_SOURCE", ""))
    aligner = Aligner(AlignmentSettings.model_validate({"scorer": REAL, "weights": weights}), "cpu")

    def mean(shift: int) -> float:
        return float(np.mean(list(scores(told_of_film(shift), film, aligner).values())))

    own = mean(0)
    assert all(mean(shift) < own for shift in range(1, len(CONTENT)))
