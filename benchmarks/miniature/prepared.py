"""What the models are trained on and asked for, read once from the corpora and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import TypeAdapter
from torch import Tensor

from benchmarks.miniature.codec import Codec
from benchmarks.miniature.corpus import Script, build, read_samples
from benchmarks.miniature.cuts import Videos
from benchmarks.miniature.films import FilmSet, render
from benchmarks.miniature.learning import Latents
from benchmarks.miniature.settings import MiniatureSettings
from training.data.corpora import Split

_SCRIPTS = TypeAdapter(tuple[Script, ...])


@dataclass(frozen=True)
class Clips:
    """``videos``: ``(N, F, 3, H, W)`` uint8."""

    videos: Videos
    scripts: tuple[Script, ...]

    def first(self, count: int) -> Clips:
        return Clips(self.videos[:count], self.scripts[:count])

    def encoded(self, codec: Codec) -> Latents:
        return Latents(codec.encode(as_values(self.videos)), self.scripts)


def as_values(videos: Videos) -> Tensor:
    """uint8 -> float32 between -1 and 1."""
    return torch.from_numpy(videos).float() / 127.5 - 1


def as_videos(values: Tensor) -> Videos:
    return np.asarray(((values + 1) * 127.5).round().clamp(0, 255).byte().numpy())


class Work:
    """A folder in which every part of the work is kept as soon as it is done."""

    def __init__(self, folder: Path, settings: MiniatureSettings) -> None:
        self._folder = folder
        self._settings = settings

    def clips(self, films: FilmSet, split: Split) -> Clips:
        """Several windows of each clip of the split."""
        kept = self._folder / f"clips-{films.kind}-{split}.npz"
        if not kept.exists():
            folder, corpus = self._folder / "films" / films.kind, self._folder / "corpora" / films.kind
            build(render(films, folder), films.kind, corpus)
            samples = read_samples(corpus, folder, split, self._settings.windows)
            scripts = _SCRIPTS.dump_json(tuple(sample.script for sample in samples)).decode()
            aside = kept.with_suffix(".part.npz")
            np.savez(aside, videos=np.stack([sample.pictures for sample in samples]), scripts=np.array(scripts))
            aside.replace(kept)
        with np.load(kept, allow_pickle=False) as stored:
            return Clips(stored["videos"], _SCRIPTS.validate_json(str(stored["scripts"])))
