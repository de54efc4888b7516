"""Every random choice of training is a function of what it is for: seed, epoch, sample and purpose. Nothing depends on which
process draws, in which order, or how many draws came before.

The stream is Philox 4x64-10 (Salmon et al., SC'11, doi:10.1145/2063384.2063405), keyed with the first 128 bits of a SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Purpose = Literal[
    "corpus_order",
    "epoch_order",
    "batch_order",
    "window",
    "posterior",
    "noise",
    "sigma",
    "caption_dropout",
    "mask_dropout",
    "held_out_noise",
]


@dataclass(frozen=True)
class Draw:
    """What a random choice is for. ``sample``: a sample's name; empty where it is for none in particular."""

    seed: int
    epoch: int
    sample: str
    purpose: Purpose

    @property
    def digest(self) -> bytes:
        """32 bytes; different for different draws, and a fair key to shuffle by."""
        written = json.dumps([self.seed, self.epoch, self.sample, self.purpose], ensure_ascii=True)
        return hashlib.sha256(written.encode()).digest()

    def stream(self) -> DrawStream:
        return DrawStream(self.digest)


class DrawStream:
    """Numbers of one draw, the same on every machine. Normals are numpy's, which go through the machine's ``log`` in their tails:
    same bits with the same build of numpy."""

    def __init__(self, digest: bytes) -> None:
        self._bits = np.random.Philox(key=int.from_bytes(digest[:16], "little"))

    def below(self, count: int) -> int:
        """A fair integer in ``[0, count)``, 1 <= count <= 2**64: what would favour small ones is drawn again."""
        if not 1 <= count <= 2**64:
            raise ValueError(f"a draw below {count}")
        fair = 2**64 - 2**64 % count
        while (raw := int(self._bits.random_raw())) >= fair:
            pass
        return raw % count

    def unit(self) -> float:
        """In [0, 1), a multiple of 2**-53."""
        return (int(self._bits.random_raw()) >> 11) * 2.0**-53

    def normal(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Standard normals of ``shape``."""
        return np.random.Generator(self._bits).standard_normal(shape, dtype=np.float32)
