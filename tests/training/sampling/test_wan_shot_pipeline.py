"""The pipeline, on a tiny random release in the real format: noise in the right shape, which is what makes the test good."""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from diffusers import WanPipeline

from training.model.release import CheckpointError
from training.model.sample_plan import MaskedLayersError, PlanSettings
from training.model.tiny_checkpoint import write_tiny_release, write_tiny_transformer
from training.sampling.request import VideoRequest, snap
from training.sampling.video_file import write_video
from training.sampling.wan_shot_pipeline import SampleSettings, WanShotPipeline
from training.text_encoding import token_counts
from training.text_plan import PADDED_TOKENS
from training.words import ClipWords, SpokenEntity, SpokenEvent

FPS = Fraction(16)
ONE_SHOT = snap(VideoRequest(Fraction(9, 16), (), ClipWords("A cat sits.", (), (), ())), FPS, 81)
TWO_SHOTS = snap(
    VideoRequest(
        Fraction(17, 16),
        (Fraction(1, 2),),
        ClipWords(
            "A cat sits.",
            ("A cat.", "A dog."),
            (SpokenEntity("cat", "{cat}", "{cat} is grey."), SpokenEntity("camera", "{camera}", "")),
            (
                SpokenEvent("cat", Fraction(0), Fraction(1, 2), "{cat} sits."),
                SpokenEvent("camera", Fraction(0), Fraction(1), "{camera} pans left"),
            ),
        ),
    ),
    FPS,
    81,
)
FREE = PlanSettings(masked_layers=None, time="off")
SETTINGS = SampleSettings(height=32, width=48, steps=3, negative="bad", seed=3, plan=FREE)
MASKED = replace(SETTINGS, plan=PlanSettings(masked_layers=(0, 1), time="off"))
TIMED = replace(SETTINGS, text="both", plan=PlanSettings(masked_layers=(0, 1), time="sampled"))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder


@pytest.fixture(scope="module")
def pipeline(release: Path) -> WanShotPipeline:
    return WanShotPipeline.load(str(release), "", torch.float32, torch.device("cpu"))


@pytest.mark.parametrize("shift", [None, 8.0])
def test_one_shot_with_a_summary_is_diffusers_own_video(
    release: Path, pipeline: WanShotPipeline, shift: float | None
) -> None:
    steps: list[int] = []
    ours = pipeline(ONE_SHOT, replace(SETTINGS, shift=shift), steps.append)
    stock = WanPipeline.from_pretrained(release)
    stock.set_progress_bar_config(disable=True)
    if shift is not None:
        stock.scheduler = type(stock.scheduler).from_config(stock.scheduler.config, flow_shift=shift)
    theirs = stock(
        prompt="A cat sits.",
        negative_prompt="bad",
        height=32,
        width=48,
        num_frames=9,
        num_inference_steps=3,
        guidance_scale=5.0,
        generator=torch.Generator().manual_seed(3),
        output_type="np",
    ).frames[0]
    assert np.array_equal(ours, (theirs * 255).round().astype(np.uint8))
    assert steps == [1, 2, 3]


def test_the_seed_decides_and_every_setting_tells(pipeline: WanShotPipeline) -> None:
    others = (TIMED, replace(TIMED, text="events"), replace(MASKED, seed=4), replace(MASKED, guidance=1.0))
    videos = [pipeline(TWO_SHOTS, each) for each in (SETTINGS, MASKED, *others)]
    assert np.array_equal(pipeline(TWO_SHOTS, MASKED), videos[1])
    assert all(video.shape == (17, 32, 48, 3) for video in videos)
    for one in range(len(videos)):
        for other in range(one):
            assert not np.array_equal(videos[one], videos[other])


def test_a_size_that_patches_do_not_cover_is_refused(pipeline: WanShotPipeline) -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        pipeline(ONE_SHOT, replace(SETTINGS, height=40))


def test_a_release_that_is_not_whole_is_named(release: Path, tmp_path: Path) -> None:
    for part in ("vae", "text_encoder", "tokenizer", "scheduler", "transformer"):
        folder = tmp_path / part
        shutil.copytree(release, folder)
        shutil.rmtree(folder / part)
        with pytest.raises(CheckpointError, match=str(folder)):
            WanShotPipeline.load(str(folder), "", torch.float32, torch.device("cpu"))
    with pytest.raises(CheckpointError, match="there is no folder"):
        WanShotPipeline.load(str(tmp_path / "absent"), "", torch.float32, torch.device("cpu"))


def test_a_transformer_takes_the_place_of_its_bases(release: Path, pipeline: WanShotPipeline, tmp_path: Path) -> None:
    export, base = tmp_path / "export", tmp_path / "base"
    write_tiny_transformer(export / "transformer", seed=5)
    shutil.copytree(release, base, ignore=shutil.ignore_patterns("transformer"))
    for folder in (export, export / "transformer"):
        ours = WanShotPipeline.load(str(base), "", torch.float32, torch.device("cpu"), folder)
        assert not np.array_equal(ours(ONE_SHOT, SETTINGS), pipeline(ONE_SHOT, SETTINGS))
    with pytest.raises(CheckpointError, match=f"{base} has no transformer: a diffusers release has"):
        WanShotPipeline.load(str(base), "", torch.float32, torch.device("cpu"))
    with pytest.raises(CheckpointError, match=f"{export} has no vae, no text_encoder, no tokenizer, no scheduler"):
        WanShotPipeline.load(str(export), "", torch.float32, torch.device("cpu"))


def test_masks_in_layers_that_the_model_does_not_have_are_refused(pipeline: WanShotPipeline) -> None:
    for layers in ((6, 27), (1, 2)):
        with pytest.raises(
            MaskedLayersError, match=f"are {layers[0]} to {layers[1]}, but the model has 2 layers, 0 to 1"
        ):
            pipeline(TWO_SHOTS, replace(SETTINGS, plan=PlanSettings(masked_layers=layers, time="off")))


def test_a_long_text_is_known_to_be_cut(pipeline: WanShotPipeline) -> None:
    short, long = token_counts(pipeline.encoder.tokenizer, ["short", "long " * 200])
    assert short == len(pipeline.encoder.encode(["short"])["short"])
    assert long > PADDED_TOKENS == len(pipeline.encoder.encode(["long " * 200])["long " * 200])
    assert token_counts(pipeline.encoder.tokenizer, []) == ()


def test_the_video_file_has_the_frames_and_the_rate(tmp_path: Path) -> None:
    pixels = np.zeros((9, 32, 48, 3), np.uint8)
    pixels[:, :, :, 0] = np.arange(9)[:, None, None] * 25
    write_video(pixels, FPS, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 16
    assert len(frames) == 9
    reds = [int(frame[..., 0].mean()) for frame in frames]
    assert reds == sorted(reds)
    assert reds[-1] - reds[0] > 150


def test_the_same_pixels_give_the_same_bytes(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (33, 12, 20, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    for name in ("a.mp4", "b.mp4"):
        write_video(pixels, FPS, tmp_path / name)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
