"""Heads and classifiers of a few kilobytes in the real formats, with random weights: for tests, and to try a pipeline offline.

``python -m operators.scores.learned.tiny_checkpoint laion|siglip|classifier PATH``: a head for the tiny encoders of
``operators.embedders.tiny_checkpoint``, as a ``.pth`` file, or a classifier's folder. What such a model says means nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import transformers

from operators.scores.learned.aesthetics_choice import PREDICTORS

SIDE, WIDTH = 32, 32
TINY_DIMENSIONS = {"laion": 24, "siglip": 32}
"""Of the tiny ``clip`` and ``siglip2`` encoders; the published ones have 768 and 1152."""
HIDDEN = (1024, 128, 64, 16, 1)
LABELS = ("clean", "watermark", "Not Safe")


def write_head(name: str, file: Path, dimensions: int, seed: int = 0) -> None:
    """``name``: laion or siglip. Layers and their sizes are the published heads'; only the first depends on the encoder."""
    generator = torch.Generator().manual_seed(seed)
    state, before = {}, dimensions
    for layer, after in zip(PREDICTORS[name].layers, HIDDEN, strict=True):
        state[f"{layer}.weight"] = torch.randn(after, before, generator=generator) / before**0.5
        state[f"{layer}.bias"] = torch.randn(after, generator=generator)
        before = after
    torch.save(state, file)


def write_classifier(folder: Path, seed: int = 0, *, several: bool = False) -> None:
    """A vision transformer with ``LABELS``; ``several`` may hold of one picture."""
    size = {"height": SIDE, "width": SIDE}
    transformers.ViTImageProcessorPil(size=size).save_pretrained(folder)
    config = transformers.ViTConfig(
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=SIDE,
        patch_size=8,
        id2label=dict(enumerate(LABELS)),
        label2id={label: place for place, label in enumerate(LABELS)},
        problem_type="multi_label_classification" if several else "single_label_classification",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        transformers.ViTForImageClassification(config).save_pretrained(folder)


if __name__ == "__main__":
    kind, path = sys.argv[1], Path(sys.argv[2])
    if kind == "classifier":
        write_classifier(path)
    else:
        write_head(kind, path, TINY_DIMENSIONS[kind])
