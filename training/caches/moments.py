"""The VAE's moments: the raw posterior of a window's latents, before anything is drawn from it or normalised.

C latent channels, T latents in time, H W rows and columns of latents.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from training.caches.entry import EntryFolder, EntryKey, MissingEntryError
from training.data.randomness import Draw
from training.data.samples import ClipView, SampleReader
from training.data.settings import Precision
from training.latent_mapping import CutPolicy
from training.model.release import CheckpointError

DECODING = 1
"""Raised by hand when the same window gives other pictures than before."""

DTYPES: dict[Precision, torch.dtype] = {"bfloat16": torch.bfloat16, "float32": torch.float32}


class MomentsKey(EntryKey):
    """``vae``: digest of its folder. ``clip``: sha256 of the mp4. ``frames``: the clip's frames that the window shows. ``bucket``:
    frames, height, width."""

    decoding: int
    vae: str
    precision: Precision
    clip: str
    fps: int
    cuts: CutPolicy
    frames: tuple[int, ...]
    bucket: tuple[int, int, int]


class LatentScale(BaseModel):
    """A VAE's ``config.json``, as far as the form of its latents goes. One mean and spread a channel."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    z_dim: int = Field(ge=1)
    latents_mean: tuple[float, ...]
    latents_std: tuple[float, ...]

    @classmethod
    def read(cls, folder: Path) -> LatentScale:
        """Raises ``CheckpointError``."""
        try:
            scale = cls.model_validate(json.loads((folder / "config.json").read_text("utf-8")))
        except (OSError, ValueError, ValidationError) as error:
            raise CheckpointError(f"{folder}: no config.json of a VAE of Wan: {error}") from error
        if {scale.z_dim} != {len(scale.latents_mean), len(scale.latents_std)}:
            raise CheckpointError(f"{folder}: {scale.z_dim} channels, but not as many means and spreads")
        return scale

    def normalised(self, latents_CTHW: Tensor) -> Tensor:
        """As the transformer takes them: diffusers' own way out of them, backwards."""
        mean, spread = (
            torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)
            for values in (self.latents_mean, self.latents_std)
        )
        return (latents_CTHW - mean) * (1.0 / spread)


class MomentsSource(Protocol):
    """Where moments come from."""

    def moments(self, view: ClipView) -> Tensor:
        """``(2C, T, H, W)``: means, then logarithms of variances. Raises ``CorruptClipError`` for a clip that cannot be read."""
        ...


@dataclass(frozen=True)
class VideoEncoder:
    """``vae``: diffusers', in float32. ``precision``: what moments are rounded to."""

    vae: Any
    precision: Precision

    @torch.no_grad()
    def moments(self, pictures: NDArray[np.uint8]) -> Tensor:
        """``(F, 3, H, W)`` uint8 -> ``(2C, T, H / 8, W / 8)`` on the processor."""
        device = next(self.vae.parameters()).device
        pixels_1CFHW = torch.from_numpy(pictures).to(device).permute(1, 0, 2, 3)[None].float() / 127.5 - 1
        raw: Tensor = self.vae.encode(pixels_1CFHW).latent_dist.parameters[0]
        return raw.to(DTYPES[self.precision]).cpu()


@dataclass(frozen=True)
class LiveMoments:
    """Made at every visit."""

    reader: SampleReader
    encoder: VideoEncoder

    def moments(self, view: ClipView) -> Tensor:
        return self.encoder.moments(self.reader.pictures(view))


@dataclass(frozen=True)
class CachedMoments:
    """Read from a cache. ``vae``: its digest."""

    reader: SampleReader
    entries: EntryFolder
    vae: str
    precision: Precision
    cuts: CutPolicy

    def key(self, view: ClipView) -> MomentsKey:
        return MomentsKey(
            decoding=DECODING,
            vae=self.vae,
            precision=self.precision,
            clip=view.row.place("mp4").sha256,
            fps=view.window.fps,
            cuts=self.cuts,
            frames=view.window.clip_frames,
            bucket=(view.bucket.frames, view.bucket.height, view.bucket.width),
        )

    def moments(self, view: ClipView) -> Tensor:
        """Raises ``MissingEntryError`` for a clip that can be read but was not cached, ``DamagedEntryError`` for a damaged file,
        and ``CorruptClipError`` for a clip that was not cached because it cannot be read."""
        try:
            return self.entries.read(self.key(view))
        except MissingEntryError as error:
            self.reader.pictures(view)
            raise MissingEntryError(
                f"{view.row.key}: its latents are not in the cache; run shotloom cache ({error})"
            ) from None


def drawn(moments_CTHW: Tensor, draw: Draw | None) -> Tensor:
    """``(C, T, H, W)`` float32: a sample of the posterior, or its mean without ``draw``. The logarithm of the variance is kept
    between -30 and 20, as in diffusers."""
    mean, log_variance = moments_CTHW.float().chunk(2)
    if draw is None:
        return mean.contiguous()
    noise = torch.from_numpy(draw.stream().normal(tuple(mean.shape)))
    return mean + torch.exp(0.5 * log_variance.clamp(-30.0, 20.0)) * noise
