"""``shotloom sample``: a video from a timeline."""

from __future__ import annotations

import json
from typing import Any

import torch
import typer

from operators.aside import written_aside
from pipeline.progress import Reporter
from pipeline.sample_wish import AskedVideo, SampleError, SampleWish
from pipeline.torch_device import chosen_device
from training.lora import AdapterError, add_adapters_of
from training.model.plan import PlanError
from training.model.release import CheckpointError
from training.model.sample_plan import MaskedLayersError
from training.sampling.untold import too_long
from training.sampling.video_file import write_video
from training.sampling.wan_shot_pipeline import SampleSettings, WanShotPipeline


def make_video(asked: AskedVideo, as_json: bool) -> None:
    """Raises ``SampleError``."""
    wish, video = asked.wish, asked.video
    reporter = Reporter(quiet=as_json)
    for line in (*video.said(asked.telling.fps), *asked.untold):
        reporter.say(line)
    try:
        pipeline = _pipeline(wish)
        for line in too_long(pipeline.cut_texts(video, _settings(asked))):
            reporter.say(line)
        with reporter.stage("sample", "steps", wish.steps, 0) as advance:
            pixels = pipeline(video, _settings(asked), lambda _: advance())
    except (CheckpointError, AdapterError, PlanError, MaskedLayersError) as error:
        raise SampleError(str(error)) from error
    except torch.cuda.OutOfMemoryError as error:
        raise SampleError(
            f"the GPU's memory is too small for {wish.size} and {video.frames} frames: ask for less"
        ) from error
    with written_aside(wish.out) as aside:
        write_video(pixels, asked.telling.fps, aside)
    typer.echo(json.dumps(_facts(asked)) if as_json else f"{wish.out}")


def _settings(asked: AskedVideo) -> SampleSettings:
    wish, telling = asked.wish, asked.telling
    return SampleSettings(
        width=asked.width,
        height=asked.height,
        fps=telling.fps,
        steps=wish.steps,
        guidance=wish.guidance,
        negative=wish.negative,
        shift=wish.shift,
        seed=wish.seed,
        text=telling.text,
        prefix=telling.prefix,
        plan=telling.plan,
    )


def _pipeline(wish: SampleWish) -> WanShotPipeline:
    try:
        device = chosen_device(wish.device)
    except ValueError as error:
        raise SampleError(str(error)) from error
    dtype = torch.float32 if device.type == "cpu" else torch.bfloat16
    pipeline = WanShotPipeline.load(wish.model, wish.revision, dtype, device, wish.transformer)
    if wish.lora is not None:
        add_adapters_of(pipeline.transformer, wish.lora)
        pipeline.transformer.to(device)
    return pipeline


def _facts(asked: AskedVideo) -> dict[str, Any]:
    video = asked.video
    return {
        "out": str(asked.wish.out),
        "frames": video.frames,
        "fps": str(asked.telling.fps),
        "text": asked.telling.text,
        "shots": [{"first_latent": start} for start in video.starts],
        "cuts": [{"asked": float(cut.asked), "frame": cut.frame} for cut in video.cuts],
        "untold": list(asked.untold),
        "seed": asked.wish.seed,
    }
