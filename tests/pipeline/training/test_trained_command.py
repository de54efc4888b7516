"""``shotloom inspect --as-trained``: what a run sees of a clip is what its feed gives the model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from pipeline.trained_command import TrainedViewError, TrainedWish, inspect_as_trained
from pipeline.training_config import load_training_settings
from tests.training.data.small_corpus import pack_counted
from tests.training.feeding.small_run import BUCKETS, clip
from training.data.epoch_plan import Cursor
from training.feeding.batch_maker import ModelForm
from training.feeding.opened_data import RunLength, open_data
from training.feeding.run_feed import Place, open_feed
from training.model.checkpoint import load_config
from training.model.tiny_checkpoint import write_tiny_release
from training.settings import TrainingSettings


@pytest.fixture(scope="module")
def wish(tmp_path_factory: pytest.TempPathFactory) -> TrainedWish:
    folder = tmp_path_factory.mktemp("run")
    write_tiny_release(folder / "wan")
    pack_counted(folder / "films", [clip(3, "train"), clip(4, "train"), clip(9, "validation"), clip(8, "test")])
    settings = {
        "model": {"source": str(folder / "wan")},
        "attention": {"masked_layers": [0, 1], "time": "sampled"},
        "data": {
            "corpora": [{"name": "films", "path": str(folder / "films")}],
            "sizes": BUCKETS.model_dump(mode="json"),
            "text": {"plan": "both", "precision": "float32"},
            "dropout": {"captions": 0, "masks": 0},
        },
        "run": {"seed": 3},
    }
    (folder / "train.yaml").write_text(yaml.safe_dump(settings))
    given = load_training_settings(folder / "train.yaml", [])
    return TrainedWish(folder / "films", "clip-3", given, 0, folder / "clip.png")


def test_the_facts_are_those_of_the_batch_that_the_model_gets(wish: TrainedWish) -> None:
    settings = wish.settings
    source = settings.model.source
    data = open_data(settings.data, source, "", settings.run.seed, settings.run.group)
    form = ModelForm(load_config(source, ""), settings.attention.plan)
    feed = open_feed(data, form, RunLength(1, 10), Place(), torch.device("cpu"))
    plans = {}
    for step in feed.steps(Cursor()):
        if step.cursor.epoch:
            break
        for batch in step.batches:
            plans.update(zip(batch.names, zip(batch.plan.samples, batch.text, strict=True), strict=True))
    facts = json.loads(inspect_as_trained(wish, as_json=True)[0])
    sample, text = plans[facts["visit"]]
    assert [shot["latents"][0] for shot in facts["shots"]] == list(sample.starts)
    assert len(facts["texts"]) == len(sample.text)
    for told, part in zip(facts["texts"], sample.text, strict=True):
        assert told["tokens"][1] - told["tokens"][0] == part.tokens
        assert told["entity"] == part.entity
        assert told["interval"] == (None if part.interval is None else list(part.interval))
        assert told["shots"] == (None if part.shots is None else list(part.shots))
        assert len(told["times"]) == (part.tokens if part.interval else 0)
        assert all(part.interval[0] < time < part.interval[1] for time in told["times"])
    assert facts["texts"][-1]["tokens"][1] == len(text)


def test_the_text_tells_shots_on_latents_words_with_times_and_masks(wish: TrainedWish) -> None:
    text, _ = inspect_as_trained(wish, as_json=False)
    assert text.startswith("clip clip-3, train, as visit films/clip-3/0 in epoch 0")
    for said in (
        "17 frames at 16 a second (1.062 s)",
        "64x36 pixels, scaled and cropped to 32x16",
        "0  latents 0 to ",
        "its first latent shows frames from ",
        "seen by shot 0: The woman waits.",
        "woman acts",
        "its tokens at ",
        "layers 0 to 1 keep shots apart in video and text; all see the first latent",
        "this visit goes without: nothing",
    ):
        assert said in text, said


def test_the_picture_shows_the_frames_of_the_window(wish: TrainedWish) -> None:
    _, file = inspect_as_trained(wish, as_json=False)
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape[1] == 1400
    strip = pixels[24 + 62 + 60 : 24 + 62 + 100, 154:].astype(int)
    reddish = (strip[..., 0] > strip[..., 2] + 60).mean()
    bluish = (strip[..., 2] > strip[..., 0] + 60).mean()
    assert reddish > 0.2
    assert bluish > 0.2
    facts = json.loads(inspect_as_trained(wish, as_json=True)[0])
    cuts = [154 + round(shot["frames"][0] * (1400 - 48 - 130) / 17) for shot in facts["shots"][1:]]
    assert cuts
    for row in (90, 150, 215, 240):
        red = np.flatnonzero((pixels[row] == (201, 60, 40)).all(axis=-1))
        assert set(cuts) <= set(red.tolist())
        assert len(red) == 2 * len(cuts)


def test_a_clip_that_is_held_out_is_shown_as_validation_sees_it(wish: TrainedWish) -> None:
    text, _ = inspect_as_trained(replace(wish, key="clip-9", epoch=5), as_json=False)
    assert "clip clip-9, validation, as visit films/clip-9/0 in epoch 0" in text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"key": "clip-8"}, "in no split that is trained or validated on"),
        ({"key": "absent"}, "in no split"),
        ({"corpus": Path("/tmp")}, "none of the corpora of this run"),
    ],
)
def test_what_is_never_seen_is_said(wish: TrainedWish, changed: dict[str, object], says: str) -> None:
    with pytest.raises(TrainedViewError, match=says):
        inspect_as_trained(replace(wish, **changed), as_json=False)


def test_a_clip_that_fits_no_size_is_told_with_the_reason_for_each(wish: TrainedWish) -> None:
    values = wish.settings.model_dump()
    for size, frames in zip(values["data"]["sizes"]["buckets"], (81, 65), strict=True):
        size["frames"] = frames
    with pytest.raises(TrainedViewError, match=r"fits no size\. 81 x 16 x 32: .*fewer than 81; 65 x 16 x 32: .*65"):
        inspect_as_trained(replace(wish, settings=TrainingSettings.model_validate(values)), as_json=False)
