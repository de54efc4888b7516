"""Where video tokens and the tokens of timed text lie on the axes of the rotary embeddings.

Time unit: one latent step, 4 / fps seconds. A frame f is shown during [f, f + 1) / fps.

Interval-sampled temporal RoPE (CineOrchestra, arXiv 2606.13768, names it; the formulas are unpublished and these are our
reading): the L tokens of an event's text take the times of the midpoint rule over its interval, so that an event of any
duration is met with a kernel of the same kind all over it. ``integrated`` is TIE's form (arXiv 2605.10543): the mean rotation
over the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training.model.rotary import Rotation, geometric_frequencies
from training.model.sample_plan import Interval, TimeMode

SELF_THETA = 10_000.0
"""Wan2.1's."""


@dataclass(frozen=True)
class Grid:
    """A video after patching: latent frames, rows and columns of tokens."""

    frames: int
    rows: int
    columns: int

    @property
    def per_frame(self) -> int:
        return self.rows * self.columns

    @property
    def tokens(self) -> int:
        return self.frames * self.per_frame


def latent_centres(frames: int) -> Tensor:
    """``(T,)`` float64: the middle of what each latent shows. Latent 0 shows one frame: 1/8; latent l: l - 1/4."""
    centres = torch.arange(frames, dtype=torch.float64) - 0.25
    centres[:1] = 0.125
    return centres


def video_rotation(grid: Grid, head_width: int, dtype: torch.dtype) -> Rotation:
    """``(S, P)``: Wan2.1's 3D RoPE at whole latent, row and column numbers, in this order of pairs."""
    side = 2 * (head_width // 6)
    pairs = (head_width // 2 - side, side // 2, side // 2)
    sizes = (grid.frames, grid.rows, grid.columns)
    angles = []
    for axis, (count, size) in enumerate(zip(pairs, sizes, strict=True)):
        along = torch.outer(torch.arange(size, dtype=torch.float64), geometric_frequencies(count, SELF_THETA))
        shape = [1, 1, 1, count]
        shape[axis] = size
        angles.append(along.view(shape).expand(*sizes, count))
    return Rotation.by(torch.cat(angles, dim=-1).reshape(grid.tokens, -1), dtype)


def event_rotation(
    interval: Interval, tokens: int, mode: TimeMode, frequencies: Tensor, dtype: torch.dtype
) -> Rotation:
    """``(L, P)`` for the ``tokens`` tokens of an event. Raises ``ValueError`` for an interval that ends before it starts or is not
    finite, and for mode ``off``, which rotates nothing."""
    angles = torch.outer(token_times(interval, tokens, mode), frequencies)
    if mode != "integrated":
        return Rotation.by(angles, dtype)
    amplitude = interval_amplitude(interval[1] - interval[0], frequencies)
    return Rotation((angles.cos() * amplitude).to(dtype), (angles.sin() * amplitude).to(dtype))


def token_times(interval: Interval, tokens: int, mode: TimeMode) -> Tensor:
    """``(L,)`` float64: where the tokens of an event's text lie, in latent steps. Raises ``ValueError`` as ``event_rotation``."""
    start, end = interval
    if not (0 <= start <= end < float("inf")):
        raise ValueError(f"an event's interval is 0 <= start <= end, got {list(interval)}")
    if mode == "off":
        raise ValueError("mode 'off' places no event in time")
    if mode == "sampled":
        return start + (torch.arange(tokens, dtype=torch.float64) + 0.5) / tokens * (end - start)
    return torch.full((tokens,), (start + end) / 2, dtype=torch.float64)


def interval_amplitude(width: float, frequencies: Tensor) -> Tensor:
    """``(P,)``: sinc(omega r) over its mean, r half the width: how much of each pair is left when it turns over the interval, the
    whole normalised to that of an instant."""
    sinc = torch.sinc(frequencies * (width / 2) / torch.pi)
    return sinc / sinc.mean()


def entity_rotation(entities: Sequence[int], frequencies: Tensor, dtype: torch.dtype) -> Rotation:
    """``(L, P)``: one label a token; 0 turns nothing."""
    return Rotation.by(torch.outer(torch.tensor(entities, dtype=torch.float64), frequencies), dtype)
