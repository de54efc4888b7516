"""Corpora that ``shotloom build`` makes of the films, read as the trainer reads them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.miniature.films import RATE, Kind, move_of
from benchmarks.miniature.settings import FRAMES, SIDE
from formats.clip_record import ClipRecord
from formats.manifest import MANIFEST, open_clip
from operators.sample_films.truth import read_truth
from training.data.buckets import Bucket, BucketSettings
from training.data.corpora import CorpusSettings, OpenedCorpus, Split, open_corpora
from training.data.epoch_plan import Visit
from training.data.samples import SampleReader
from training.data.windows import Piece, WindowSettings

BUCKETS = BucketSettings(buckets=(Bucket(frames=FRAMES, height=SIDE, width=SIDE),))
WINDOWS = WindowSettings(fps=RATE, windows="around_cuts", single_shot_fraction=0)
_COMMON = ("scan.network=none", "shots.min_frames=8", "stitch.band.min=-1", "stitch.band.max=1")
_SHAPES: dict[Kind, tuple[str, ...]] = {
    "single": ("filter.duration.min=2.2", "filter.duration.max=4", "filter.shots.min=1", "filter.shots.max=1"),
    "several": ("filter.duration.min=2.2", "filter.duration.max=20", "filter.shots.min=2", "filter.shots.max=6"),
}


@dataclass(frozen=True)
class ShotWords:
    """What a shot's caption says."""

    scene: str
    move: str


@dataclass(frozen=True)
class Script:
    """A window as a request: the first latent of each shot, and its words."""

    starts: tuple[int, ...]
    words: tuple[ShotWords, ...]


@dataclass(frozen=True)
class Sample:
    """``pictures``: ``(F, 3, H, W)`` uint8, RGB."""

    script: Script
    pictures: NDArray[np.uint8]


def build(listed: Path, kind: Kind, corpus: Path) -> None:
    """Raises ``CalledProcessError``. A corpus that is there is not built again."""
    if (corpus / MANIFEST).exists():
        return
    command = [str(Path(sys.executable).with_name("shotloom")), "build", str(listed), "--out", str(corpus)]
    for setting in (*_COMMON, *_SHAPES[kind]):
        command += ["--set", setting]
    subprocess.run(command, check=True)


def read_samples(corpus: Path, films: Path, split: Split, windows: int) -> list[Sample]:
    """``windows`` windows of each clip of the corpus that was made of ``films``: the first of each, then the second, and so on."""
    opened = open_corpora([CorpusSettings(name=corpus.name, path=str(corpus))], split, BUCKETS, WINDOWS)
    reader = SampleReader(opened, BUCKETS.buckets, WINDOWS, seed=0)
    [only] = opened
    truths = {key: _words(only, key, films) for key, _ in only.table.assigned}
    samples = []
    for lap in range(windows):
        for key, bucket in only.table.assigned:
            sample = reader.read(Visit(corpus.name, key, bucket, lap), epoch=0)
            script = Script(sample.window.latents.starts, _shown(truths[key], sample.window.pieces))
            samples.append(Sample(script, sample.pictures))
    return samples


def _shown(words: Sequence[ShotWords], pieces: Sequence[Piece]) -> tuple[ShotWords, ...]:
    return tuple(words[piece.shot] for piece in pieces)


def _words(corpus: OpenedCorpus, key: str, films: Path) -> tuple[ShotWords, ...]:
    """Of each shot of a clip, from the truth beside the film that the clip was cut from."""
    record: ClipRecord = open_clip(corpus.store, corpus.rows[key]).record
    truth = read_truth(films / record.source.uri)
    shots = []
    for shot in record.shots:
        middle = sum(shot.source_frames) // 2
        true = next(each for each in truth.shots if each.frames[0] <= middle < each.frames[1])
        shots.append(ShotWords(true.scene, move_of(true)))
    return tuple(shots)
