"""Videos of given timelines, made while training to see what it does. Their texts are encoded once, before training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from training.model.wan import WanTransformer
from training.ranks import Ranks
from training.sampling.request import WAN_FPS, SnappedVideo, snap
from training.sampling.request_file import read_request
from training.sampling.video_file import write_video
from training.sampling.wan_shot_pipeline import SampleSettings, Surroundings, WanShotPipeline, load_surroundings
from training.settings import TrainingSettings
from training.text_plan import plan_texts

SAMPLES = "samples"
_MOST_FRAMES = 161


@dataclass(frozen=True)
class _Remembered:
    states: dict[str, Tensor]

    def encode(self, texts: Sequence[str]) -> dict[str, Tensor]:
        return {text: self.states[text] for text in texts}


@dataclass(frozen=True)
class TimelineVideos:
    """``asked``: with the names of their files, those of this process alone. They go to ``folder``/step-00000100/NAME.mp4, and
    beside each a text says where its cuts were asked for and where they are."""

    asked: tuple[tuple[str, SnappedVideo], ...]
    around: Surroundings
    settings: SampleSettings
    folder: Path

    def make(self, model: WanTransformer, step: int) -> None:
        pipeline = WanShotPipeline(model, self.around)
        for name, video in self.asked:
            folder = self.folder / f"step-{step:08d}"
            folder.mkdir(parents=True, exist_ok=True)
            write_video(pipeline(video, self.settings), self.settings.fps, folder / f"{name}.mp4")
            lines = [f"{video.frames} frames, {len(video.starts)} shots", *(cut.said(WAN_FPS) for cut in video.cuts)]
            (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")


def prepare_videos(
    settings: TrainingSettings, folder: Path, ranks: Ranks, device: torch.device
) -> TimelineVideos | None:
    """Of the timelines that the settings name; None if they name none. Raises ``RequestError`` and ``CheckpointError``."""
    wanted = [Path(name) for name in settings.validation.timelines]
    if not wanted:
        return None
    names = [f"{number:02d}-{file.stem}" for number, file in enumerate(wanted)]
    videos = [snap(read_request(file), WAN_FPS, _MOST_FRAMES) for file in wanted]
    chosen = _sample_settings(settings)
    around = load_surroundings(settings.model.source, settings.model.revision, settings.model.torch_dtype, device)
    texts = [text.text for video in videos for text in plan_texts(video.words, chosen.text, chosen.prefix)]
    around = replace(around, encoder=_Remembered(around.encoder.encode([*texts, chosen.negative])))
    mine = tuple(zip(names, videos, strict=True))[ranks.rank :: ranks.count]
    return TimelineVideos(mine, around, chosen, folder / SAMPLES)


def _sample_settings(settings: TrainingSettings) -> SampleSettings:
    wanted, text = settings.validation, settings.data.text
    width, height = (int(side) for side in wanted.size.split("x"))
    return SampleSettings(
        width=width,
        height=height,
        steps=wanted.steps,
        guidance=wanted.guidance,
        shift=settings.noise.shift,
        seed=settings.run.seed,
        text=text.plan,
        prefix=text.event_prefix,
        plan=settings.attention.plan,
    )
