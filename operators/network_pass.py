"""The network's part of the pass: fed near 30 frames a second whatever the film's rate, answered for every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from operators.transnet import Precision

Frames = npt.NDArray[np.uint8]
Heads = npt.NDArray[np.float32]

TRAINED_RATE = 30.0


class NetworkPass(Protocol):
    """Takes frames in order and answers ``(M, 2)`` for them in order, some frames later."""

    def feed(self, frames: Frames) -> Heads: ...

    def finish(self) -> Heads: ...


class NoNetwork:
    """Answers 0 for every frame at once."""

    def feed(self, frames: Frames) -> Heads:
        return np.zeros((len(frames), 2), np.float32)

    def finish(self) -> Heads:
        return np.zeros((0, 2), np.float32)


class TransNetPass:
    """TransNetV2 on every n-th frame, so that a film of 60 frames a second moves as those it was trained on; an
    answer holds for the frames up to the next one it saw. One torch thread."""

    def __init__(self, fps: float, precision: Precision) -> None:
        import torch

        from operators.transnet import TransNet

        torch.set_num_threads(1)
        self._stream = TransNet(precision).stream()
        self._stride = max(1, round(fps / TRAINED_RATE))
        self._fed = 0
        self._answered = 0

    def feed(self, frames: Frames) -> Heads:
        first = -self._fed % self._stride
        self._fed += len(frames)
        return self._spread(self._stream.feed(frames[first :: self._stride]))

    def finish(self) -> Heads:
        return self._spread(self._stream.finish())

    def _spread(self, answers: Heads) -> Heads:
        every = np.repeat(answers, self._stride, axis=0)[: self._fed - self._answered]
        self._answered += len(every)
        return every


def network_pass(network: str, fps: float, precision: Precision) -> NetworkPass:
    """The pass that settings ask for: ``transnetv2`` or ``none``."""
    return NoNetwork() if network == "none" else TransNetPass(fps, precision)
