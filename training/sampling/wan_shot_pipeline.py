"""Text to video from a timeline: shots cut where they are told, entities acting when they are told.

Around the transformer everything is diffusers': VAE, scheduler, text encoder. With one shot and a summary alone, the video equals
that of its ``WanPipeline``, bit for bit. Without training only the masks do something useful ("training-free": ``time: off``); the
times of events mean something to a model that was trained with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from training.model.checkpoint import load_transformer
from training.model.encoders import load_text_model, load_tokenizer, load_vae
from training.model.plan import BatchPlan
from training.model.release import CheckpointError, find_release
from training.model.sample_plan import PlanSettings, SamplePlan
from training.model.wan import WanTransformer
from training.sampling.request import WAN_FPS, SnappedVideo
from training.text_encoding import TextEncoder, laid_out
from training.text_plan import EventPrefix, PlannedText, TextPolicy, plan_texts

Video = npt.NDArray[np.uint8]
"""``(F, H, W, 3)`` uint8, RGB."""

_SPATIAL = 8
_TRANSFORMER = "transformer"
_AROUND = ("vae", "text_encoder", "tokenizer", "scheduler")
_ENDINGS = ("*.json", "*.safetensors", "*.model", "*.txt")


@dataclass(frozen=True)
class SampleSettings:
    """``shift``: of the noise schedule; None leaves the checkpoint's own. ``guidance`` above 1 asks the model twice a step."""

    height: int = 480
    width: int = 832
    fps: Fraction = WAN_FPS
    steps: int = 50
    guidance: float = 5.0
    negative: str = ""
    shift: float | None = None
    seed: int = 0
    text: TextPolicy = "shots"
    prefix: EventPrefix = "name"
    plan: PlanSettings = field(default_factory=lambda: PlanSettings(time="off"))


@dataclass(frozen=True)
class _Told:
    """What the transformer is told in every step."""

    text: Tensor
    plan: BatchPlan


class Encodes(Protocol):
    """A text encoder, or what remembers what one said."""

    def encode(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """Each different text once: ``(tokens, E)``, without padding."""
        ...

    def cut(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Those of ``texts`` that have more tokens than are encoded."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What is around the transformer. ``vae``, ``scheduler``: diffusers'."""

    vae: Any
    encoder: Encodes
    scheduler: Any


def asked_texts(video: SnappedVideo, settings: SampleSettings) -> tuple[str, ...]:
    """All that is encoded for ``video``, its negative the last."""
    return (*(text.text for text in plan_texts(video.words, settings.text, settings.prefix)), settings.negative)


def load_surroundings(source: str, revision: str, dtype: torch.dtype, device: torch.device) -> Surroundings:
    """Of a diffusers release. ``dtype``: of the text encoder. Raises ``CheckpointError``."""
    from diffusers import UniPCMultistepScheduler

    folder = _found(source, revision, _AROUND)
    encoder = TextEncoder(load_tokenizer(folder), load_text_model(folder, dtype, device))
    try:
        scheduler = UniPCMultistepScheduler.from_pretrained(folder / "scheduler", local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{folder / 'scheduler'} cannot be loaded: {error}") from error
    return Surroundings(load_vae(folder, device), encoder, scheduler)


def _found(source: str, revision: str, parts: Sequence[str]) -> Path:
    """The folder of a release that has ``parts``."""
    wanted = tuple(f"{part}/{ending}" for part in parts for ending in _ENDINGS)
    folder = find_release(source, revision, wanted).folder
    missing = [part for part in parts if not (folder / part).is_dir()]
    if missing:
        raise CheckpointError(
            f"{folder} has no {', no '.join(missing)}: a diffusers release has {', '.join((_TRANSFORMER, *_AROUND))}. "
            "An exported transformer is put in the place of its base's (`--transformer`)"
        )
    return folder


class WanShotPipeline:
    def __init__(self, transformer: WanTransformer, around: Surroundings) -> None:
        self.transformer = transformer
        self.vae = around.vae
        self.encoder = around.encoder
        self.scheduler = around.scheduler

    @classmethod
    def load(
        cls, source: str, revision: str, dtype: torch.dtype, device: torch.device, transformer: Path | None = None
    ) -> WanShotPipeline:
        """``source``: the folder or hub id of a diffusers release, ``Wan-AI/Wan2.1-T2V-1.3B-Diffusers``. ``transformer``: a folder,
        such as ``shotloom export model`` writes, in place of the release's own. Raises ``CheckpointError``."""
        parts = _AROUND if transformer else (_TRANSFORMER, *_AROUND)
        release = str(_found(source, revision, parts))
        around = load_surroundings(release, "", dtype, device)
        loaded = load_transformer(str(transformer) if transformer else release, "", dtype)
        return cls(loaded.model.to(device).eval(), around)

    @torch.no_grad()
    def __call__(
        self, video: SnappedVideo, settings: SampleSettings, after_step: Callable[[int], None] = lambda step: None
    ) -> Video:
        """``after_step`` is called with the number of steps done. Raises ``ValueError`` for a size that is no multiple of 16, and
        ``MaskedLayersError``."""
        settings.plan.require_layers(self.transformer.config.layers)
        latents = self._noise(video, settings)
        asked, negative = self._told(video, settings)
        scheduler = self._scheduler(settings)
        for number, time in enumerate(scheduler.timesteps):
            said = self._velocity(latents, time, asked)
            if settings.guidance > 1:
                plain = self._velocity(latents, time, negative)
                said = plain + settings.guidance * (said - plain)
            latents = scheduler.step(said, time, latents, return_dict=False)[0]
            after_step(number + 1)
        return self._decoded(latents)

    def cut_texts(self, video: SnappedVideo, settings: SampleSettings) -> tuple[str, ...]:
        """What is told but for its end, being longer than Wan's text encoder reads."""
        return self.encoder.cut(asked_texts(video, settings))

    @property
    def device(self) -> torch.device:
        return next(self.transformer.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        return self.transformer.proj_out.weight.dtype

    def _noise(self, video: SnappedVideo, settings: SampleSettings) -> Tensor:
        """``(1, C, T, H, W)`` float32, the same on every device."""
        rows, columns = settings.height // _SPATIAL, settings.width // _SPATIAL
        if settings.height % (2 * _SPATIAL) or settings.width % (2 * _SPATIAL):
            raise ValueError(
                f"height and width are multiples of {2 * _SPATIAL}, got {settings.height} and {settings.width}"
            )
        shape = (1, self.transformer.config.channels, video.latents, rows, columns)
        generator = torch.Generator().manual_seed(settings.seed)
        return torch.randn(shape, generator=generator, dtype=torch.float32).to(self.device)

    def _told(self, video: SnappedVideo, settings: SampleSettings) -> tuple[_Told, _Told]:
        """What is asked for, and its negative: the negative prompt alone, with the same shots."""
        texts = plan_texts(video.words, settings.text, settings.prefix)
        negative = (PlannedText(settings.negative, padded=True),)
        states = self.encoder.encode([text.text for text in (*texts, *negative)])
        return self._laid_out(texts, states, video, settings), self._laid_out(negative, states, video, settings)

    def _laid_out(
        self, texts: tuple[PlannedText, ...], states: dict[str, Tensor], video: SnappedVideo, settings: SampleSettings
    ) -> _Told:
        encoded = [laid_out(text, states[text.text]) for text in texts]
        parts = tuple(text.part(len(each), settings.fps) for text, each in zip(texts, encoded, strict=True))
        config = self.transformer.config
        grid = config.grid(video.latents, settings.height // _SPATIAL, settings.width // _SPATIAL)
        plan = BatchPlan.build([SamplePlan(video.starts, parts)], grid, config.head_width, settings.plan)
        return _Told(torch.cat(encoded).to(self.device, self.dtype), plan.to(self.device))

    def _scheduler(self, settings: SampleSettings) -> Any:
        changed = {} if settings.shift is None else {"flow_shift": settings.shift}
        scheduler = type(self.scheduler).from_config(self.scheduler.config, **changed)
        scheduler.set_timesteps(settings.steps, device=self.device)
        scheduler.set_begin_index(0)
        return scheduler

    def _velocity(self, latents: Tensor, time: Tensor, told: _Told) -> Tensor:
        said: Tensor = self.transformer(latents.to(self.dtype), time.expand(1), told.text, told.plan)
        return said

    def _decoded(self, latents: Tensor) -> Video:
        config = self.vae.config
        latents = latents.to(self.vae.dtype)
        mean, std = (
            torch.tensor(values).view(1, -1, 1, 1, 1).to(latents)
            for values in (config.latents_mean, config.latents_std)
        )
        pixels_1CFHW = self.vae.decode(latents / (1.0 / std) + mean, return_dict=False)[0]
        pixels = (pixels_1CFHW[0] * 0.5 + 0.5).clamp(0, 1).permute(1, 2, 3, 0).float().cpu().numpy()
        video: Video = (pixels * 255).round().astype(np.uint8)
        return video
