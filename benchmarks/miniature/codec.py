"""A linear stand-in for a video VAE: principal components of patches, with Wan's strides (4 frames, 8 x 8 pixels), so that frames
map to latents as they do there. The first frame is alone in its latent, which is that of four such frames."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.latent_mapping import STRIDE

SPATIAL, CHANNELS = 8, 8


@dataclass(frozen=True)
class Codec:
    """Of patches of P values: ``mean`` ``(P,)``, ``axes`` ``(P, C)`` orthonormal, ``scale`` ``(C,)``: of each component.

    It is the root of its spread, not the spread: so the first components, which hold most of what is seen, stay larger
    than the others, and noise covers them last."""

    mean: Tensor
    axes: Tensor
    scale: Tensor

    @classmethod
    def fitted(cls, videos_NFCHW: Tensor) -> Codec:
        patches_NP = _patches(videos_NFCHW[:, 1:]).flatten(0, -2)
        mean = patches_NP.mean(0)
        centred = (patches_NP - mean).double()
        values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
        spread = values[-CHANNELS:].flip(0).sqrt()
        root = spread.sqrt() * spread.mean().sqrt()
        return cls(mean, vectors[:, -CHANNELS:].flip(1).float(), root.float())

    def encode(self, videos_NFCHW: Tensor) -> Tensor:
        """``(N, C, T, h, w)``, of about unit size. Videos lie between -1 and 1."""
        whole = torch.cat([videos_NFCHW[:, :1].expand(-1, STRIDE - 1, -1, -1, -1), videos_NFCHW], 1)
        return ((_patches(whole) - self.mean) @ self.axes / self.scale).permute(0, 4, 1, 2, 3)

    def decode(self, latents_NCThw: Tensor) -> Tensor:
        """``(N, F, 3, H, W)`` between -1 and 1."""
        whole = _frames(latents_NCThw.permute(0, 2, 3, 4, 1) * self.scale @ self.axes.T + self.mean)
        first = whole[:, :STRIDE].mean(1, keepdim=True)
        return torch.cat([first, whole[:, STRIDE:]], 1).clamp(-1, 1)


def _patches(videos_NFCHW: Tensor) -> Tensor:
    """``(N, F / 4, h, w, P)``."""
    count, frames, colours, height, width = videos_NFCHW.shape
    sides = (frames // STRIDE, STRIDE, colours, height // SPATIAL, SPATIAL, width // SPATIAL, SPATIAL)
    return videos_NFCHW.reshape(count, *sides).permute(0, 1, 4, 6, 2, 3, 5, 7).flatten(4)


def _frames(patches_NThwP: Tensor) -> Tensor:
    x = patches_NThwP.unflatten(-1, (STRIDE, 3, SPATIAL, SPATIAL))
    return x.permute(0, 1, 4, 5, 2, 6, 3, 7).flatten(6, 7).flatten(4, 5).flatten(1, 2)
