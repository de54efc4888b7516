"""What a picture model is, and what stands for it in the settings before it is loaded.

A new one is a class with ``PictureModel``'s members, a ``ModelChoice`` that loads it, and a line in ``registry.py``.
Nothing here is heavy to import.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from formats.clip_record import Model

Device = Literal["auto", "cpu", "cuda"]
Picture = npt.NDArray[np.uint8]
"""``(H, W, 3)`` uint8, RGB, in the film's shape; sizes differ from film to film, not within one."""

Answers = npt.NDArray[np.float32]


class PictureModel(Protocol):
    """A loaded model.

    ``scores`` names what its D answers are, as scores of a fragment (each the mean over the fragment's pictures); an
    embedder has none. ``side``: the short side in pixels of the pictures that it needs; it scales them itself.
    """

    @property
    def model(self) -> Model: ...

    @property
    def scores(self) -> tuple[str, ...]: ...

    @property
    def side(self) -> int: ...

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        """``(N, D)`` float32, one row per picture, ``N >= 1``. The row of a picture does not depend on the others beyond
        rounding."""
        ...


class ModelChoice(Hashable, Protocol):
    """A model that the settings ask for. Equal choices load equal models."""

    @property
    def model(self) -> Model:
        """With the exact revision, which may need the hub; nothing is loaded. Raises ``WeightsError``."""
        ...

    def load(self, device: Device) -> PictureModel:
        """Raises ``WeightsError`` if the weights are not there or are not what they should be."""
        ...
