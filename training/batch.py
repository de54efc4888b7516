"""What a training step takes: some samples on one grid, from caches or made on the spot."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from training.model.plan import BatchPlan


@dataclass(frozen=True)
class TrainingBatch:
    """B samples on one grid, ready for the model. Latents are clean and normalised as the transformer takes them. ``names``: of the
    visits (corpus/key/lap), for draws and for texts of errors. ``shots``: the number of shots of each. ``latents_BCTHW``:
    float32. ``text``: per sample ``(L_i, E)``, laid out, its parts in the order of the plan."""

    names: tuple[str, ...]
    shots: tuple[int, ...]
    latents_BCTHW: Tensor
    text: tuple[Tensor, ...]
    plan: BatchPlan
