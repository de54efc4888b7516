"""Videos of given timelines, made while training to see what it does. Their texts are encoded once, before training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import torch
from torch import Tensor

from training.model.wan import WanTransformer
from training.ranks import Ranks
from training.sampling.request import SnappedVideo, snap
from training.sampling.request_file import read_request
from training.sampling.untold import too_long, untold
from training.sampling.video_file import write_video
from training.sampling.wan_shot_pipeline import (
    Encodes,
    SampleSettings,
    Surroundings,
    WanShotPipeline,
    asked_texts,
    load_surroundings,
)
from training.settings import TrainingSettings

SAMPLES = "samples"
_MOST_FRAMES = 161


@dataclass(frozen=True)
class _Remembered:
    states: dict[str, Tensor]
    long: frozenset[str]

    @classmethod
    def of(cls, encoder: Encodes, texts: Sequence[str]) -> _Remembered:
        return cls(encoder.encode(texts), frozenset(encoder.cut(texts)))

    def encode(self, texts: Sequence[str]) -> dict[str, Tensor]:
        return {text: self.states[text] for text in texts}

    def cut(self, texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(text for text in texts if text in self.long)


@dataclass(frozen=True)
class AskedTimeline:
    """``name``: of its files. ``untold``: what it says and the model is not told."""

    name: str
    video: SnappedVideo
    untold: tuple[str, ...]


@dataclass(frozen=True)
class TimelineVideos:
    """``asked``: those of this process alone. They go to ``folder``/step-00000100/NAME.mp4, and beside each a text says where its
    cuts were asked for and where they are, and what is not told."""

    asked: tuple[AskedTimeline, ...]
    around: Surroundings
    settings: SampleSettings
    folder: Path

    def make(self, model: WanTransformer, step: int) -> None:
        pipeline = WanShotPipeline(model, self.around)
        for asked in self.asked:
            folder = self.folder / f"step-{step:08d}"
            folder.mkdir(parents=True, exist_ok=True)
            pixels = pipeline(asked.video, self.settings)
            write_video(pixels, self.settings.fps, folder / f"{asked.name}.mp4")
            long = too_long(pipeline.cut_texts(asked.video, self.settings))
            lines = [*asked.video.said(self.settings.fps), *asked.untold, *long]
            (folder / f"{asked.name}.txt").write_text("\n".join(lines) + "\n", "utf-8")


def prepare_videos(
    settings: TrainingSettings, folder: Path, ranks: Ranks, device: torch.device
) -> TimelineVideos | None:
    """Of the timelines that the settings name; None if they name none. Raises ``RequestError`` and ``CheckpointError``."""
    wanted = [Path(name) for name in settings.validation.timelines]
    if not wanted:
        return None
    chosen = _sample_settings(settings)
    asked = [_asked(number, file, chosen) for number, file in enumerate(wanted)]
    around = load_surroundings(settings.model.source, settings.model.revision, settings.model.torch_dtype, device)
    texts = [text for one in asked for text in asked_texts(one.video, chosen)]
    around = replace(around, encoder=_Remembered.of(around.encoder, texts))
    return TimelineVideos(tuple(asked[ranks.rank :: ranks.count]), around, chosen, folder / SAMPLES)


def _asked(number: int, file: Path, settings: SampleSettings) -> AskedTimeline:
    request = read_request(file)
    unsaid = tuple(untold(request, settings.text, settings.plan.time))
    return AskedTimeline(f"{number:02d}-{file.stem}", snap(request, settings.fps, _MOST_FRAMES), unsaid)


def _sample_settings(settings: TrainingSettings) -> SampleSettings:
    wanted, text = settings.validation, settings.data.text
    width, height = (int(side) for side in wanted.size.split("x"))
    return SampleSettings(
        width=width,
        height=height,
        fps=Fraction(settings.data.windows.fps),
        steps=wanted.steps,
        guidance=wanted.guidance,
        shift=settings.noise.shift,
        seed=settings.run.seed,
        text=text.plan,
        prefix=text.event_prefix,
        plan=settings.attention.plan,
    )
