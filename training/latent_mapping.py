"""From frames to latents of a video VAE with temporal stride 4, and back.

Wan's VAE: latent 0 holds frame 0, latent l >= 1 holds frames 4l - 3 to 4l (measured on diffusers' ``AutoencoderKLWan``: the first
latent that a change of frame f reaches is ceil(f / 4)). A cut before frame c is exact in latents only if c = 1 (mod 4).

``trim`` drops up to three frames before each cut and at the end so that all cuts are exact. ``majority`` keeps all frames but
those at the end, and gives the latent that straddles a cut to the shot that most of its frames are of, the earlier one of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

STRIDE = 4

CutPolicy = Literal["trim", "majority"]


class ShotTooShortError(ValueError):
    """A shot has too few frames for a latent of its own."""


@dataclass(frozen=True)
class LatentShots:
    """``kept``: how many frames of each shot are used, from its first on. ``starts``: the first latent of each shot, rising from 0.
    ``latents``: how many there are in all. ``off``: for each shot but the first, by how many frames its first latent lies
    after the cut (before it, if negative); all 0 with ``trim``."""

    kept: tuple[int, ...]
    starts: tuple[int, ...]
    latents: int
    off: tuple[int, ...]

    @property
    def frames(self) -> int:
        return sum(self.kept)


def latent_of(frame: int) -> int:
    """The latent that holds ``frame``."""
    return (frame + STRIDE - 1) // STRIDE


def first_frame_of(latent: int) -> int:
    return max(0, STRIDE * latent - (STRIDE - 1))


def latent_time(seconds: Fraction, fps: Fraction) -> float:
    """Seconds from the clip's first frame, in latent steps."""
    return float(seconds * fps / STRIDE)


def latents_of(frames: int) -> int:
    """How many latents ``frames`` frames make. Raises ``ValueError`` unless they are 4n + 1."""
    if frames < 1 or frames % STRIDE != 1:
        raise ValueError(f"{frames} frames: the VAE takes 4n + 1 of them")
    return (frames - 1) // STRIDE + 1


def map_shots(lengths: Sequence[int], policy: CutPolicy) -> LatentShots:
    """``lengths``: frames of each shot of a clip, in order. Raises ``ShotTooShortError``, naming the shot, if one would have no
    latent, and ``ValueError`` if there is no shot."""
    if not lengths or min(lengths) < 1:
        raise ValueError(f"a clip has shots of at least a frame each, got {list(lengths)}")
    return _trimmed(lengths) if policy == "trim" else _by_majority(lengths)


def _trimmed(lengths: Sequence[int]) -> LatentShots:
    kept = [lengths[0] - (lengths[0] - 1) % STRIDE]
    kept += [length - length % STRIDE for length in lengths[1:]]
    for number, (length, left) in enumerate(zip(lengths, kept, strict=True)):
        if left == 0:
            raise ShotTooShortError(f"shot {number} has {length} frames; after the first, a shot needs {STRIDE}")
    starts, at = [], 0
    for left in kept:
        starts.append(latent_of(at))
        at += left
    return LatentShots(tuple(kept), tuple(starts), latents_of(at), (0,) * (len(kept) - 1))


def _by_majority(lengths: Sequence[int]) -> LatentShots:
    total = sum(lengths)
    spare = (total - 1) % STRIDE
    kept = [*lengths[:-1], lengths[-1] - spare]
    if kept[-1] < 1:
        raise ShotTooShortError(
            f"shot {len(lengths) - 1} has {lengths[-1]} frames, and the clip's last {spare} are cut off"
        )
    starts, off, cut = [0], [], 0
    for length in kept[:-1]:
        cut += length
        starts.append((cut + 1) // STRIDE + 1)
        off.append(first_frame_of(starts[-1]) - cut)
    ends = [*starts[1:], latents_of(total - spare)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start >= end:
            raise ShotTooShortError(f"shot {number} has {lengths[number]} frames, the most of no latent")
    return LatentShots(tuple(kept), tuple(starts), ends[-1], tuple(off))
