"""Rotary position embeddings: angles in float64, rotation of interleaved pairs.

P: rotary pairs, half the width of a head. A pair is two neighbouring channels, as in Wan2.1 and diffusers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Rotation:
    """Cosines and sines of the angles, both ``(..., P)``."""

    cos: Tensor
    sin: Tensor

    @classmethod
    def by(cls, angles: Tensor, dtype: torch.dtype) -> Rotation:
        """``angles``: radians, float64."""
        return cls(angles.cos().to(dtype), angles.sin().to(dtype))

    def to(self, device: torch.device) -> Rotation:
        return Rotation(self.cos.to(device), self.sin.to(device))


def geometric_frequencies(pairs: int, theta: float) -> Tensor:
    """``(P,)`` float64, radians per unit of position: theta^(-j/P). RoFormer, arXiv 2104.09864."""
    return 1.0 / theta ** (torch.arange(0, 2 * pairs, 2, dtype=torch.float64) / (2 * pairs))


def uniform_frequencies(pairs: int) -> Tensor:
    """``(P,)`` float64: pi (j + 1/2) / P. The mean cosine over the pairs is exactly 0 for every whole distance from 1 to 2P - 1, so
    that up to 2P labels are told apart equally well. Our reading of CineOrchestra's entity axis, which is unpublished."""
    return math.pi * (torch.arange(pairs, dtype=torch.float64) + 0.5) / pairs


def rotate(x: Tensor, rotation: Rotation) -> Tensor:
    """``x``: ``(..., 2P)``; the rotation's leading dimensions broadcast against those of ``x``. The result has the type of ``x``;
    in between, the finer type of the two counts."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((even * rotation.cos - odd * rotation.sin, even * rotation.sin + odd * rotation.cos), dim=-1)
    return turned.flatten(-2).to(x.dtype)
