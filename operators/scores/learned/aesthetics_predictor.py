"""Aesthetics as both published predictors compute it: a chain of linear layers on an embedding of length 1.

There is no activation between their layers (LAION's ``linearMSE`` checkpoints, and version 2.5, which keeps that design),
so the chain is one linear function; it is multiplied out when it is loaded.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from formats.clip_record import Model
from operators.picture_models.protocol import Answers, Picture, PictureModel
from operators.picture_models.weights import WEIGHT_ENDINGS, Weights, WeightsError

MOST_BYTES = 64 << 20
"""The published heads have 3.7 and 5 MB."""


@dataclass(frozen=True)
class LinearHead:
    """``weight``: ``(D,)`` float64."""

    weight: npt.NDArray[np.float64]
    bias: float


class AestheticsPredictor:
    """``embedder``: gives vectors of length 1. Raises ``WeightsError`` if the head is not for vectors of its length."""

    def __init__(self, score: str, embedder: PictureModel, head: LinearHead) -> None:
        self._embedder, self._head = embedder, head
        self.model: Model = embedder.model
        self.scores, self.side = (score,), embedder.side
        found = embedder.measure([np.zeros((self.side, self.side, 3), np.uint8)]).shape[1]
        if found != len(head.weight):
            raise WeightsError(
                f"{self.model.id}: the head is for vectors of {len(head.weight)}, the encoder's have {found}"
            )

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        """``(N, 1)`` float32."""
        vectors = self._embedder.measure(pictures).astype(np.float64)
        points: Answers = (vectors @ self._head.weight + self._head.bias).astype(np.float32)[:, None]
        return points


def load_head(weights: Weights, layers: Sequence[str]) -> LinearHead:
    """The linear ``layers`` of a checkpoint (``.pth`` or safetensors), in order, as one; the checkpoint must hold them and
    nothing else. Raises ``WeightsError``."""
    state = _state(_file_of(weights.path), weights.id)
    names = {f"{layer}.{part}" for layer in layers for part in ("weight", "bias")}
    if state.keys() != names:
        odd = sorted(names ^ state.keys())
        raise WeightsError(f"{weights.id} is not this predictor's head: {odd[0]} is missing or too many")
    try:
        total, bias = state[f"{layers[0]}.weight"], state[f"{layers[0]}.bias"]
        for layer in layers[1:]:
            weight = state[f"{layer}.weight"]
            total, bias = weight @ total, weight @ bias + state[f"{layer}.bias"]
        return LinearHead(total.reshape(1, total.shape[1])[0], float(bias.item()))
    except (ValueError, IndexError) as error:
        raise WeightsError(f"{weights.id}: the layers of the head do not fit together: {error}") from error


def _file_of(path: Path) -> Path:
    if path.is_file():
        return path
    files = sorted(each for each in path.iterdir() if each.suffix in WEIGHT_ENDINGS)
    if len(files) != 1:
        raise WeightsError(f"{path} holds {len(files)} weight files; name the head's own")
    return files[0]


def _state(file: Path, name: str) -> dict[str, npt.NDArray[np.float64]]:
    """Numbers only: nothing in the file is run."""
    if file.stat().st_size > MOST_BYTES:
        raise WeightsError(f"{name} has {file.stat().st_size} bytes, more than a head can have ({MOST_BYTES})")
    try:
        if file.suffix == ".safetensors":
            state = load_file(file)
        else:
            state = torch.load(file, map_location="cpu", weights_only=True)
        return {str(key): value.to(torch.float64).numpy() for key, value in state.items()}
    except (OSError, RuntimeError, EOFError, AttributeError, SafetensorError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{name} cannot be read as weights: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
