"""What shots show: which photograph, and under which light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.miniature.corpus import Script
from benchmarks.miniature.cuts import Videos
from training.latent_mapping import first_frame_of

_LEAST_PAIRS = 10
_STEP = 4


@dataclass(frozen=True)
class Shown:
    """Of the shots of a request: the photograph seen, and the light: ``(3,)`` each."""

    scenes: tuple[str, ...]
    lights: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class Consistency:
    """The correlation of lights of neighbouring shots, over ``pairs`` pairs; None where there are too few."""

    correlation: float | None
    pairs: int


class Looker:
    """Learns from real videos what photographs look like. Each picture's colours are normalised before, so that light does not
    count."""

    def __init__(self, videos: Videos, scripts: Sequence[Script]) -> None:
        pictures, names = [], []
        usual: dict[str, list[NDArray[np.float64]]] = {}
        for video, script in zip(videos, scripts, strict=True):
            for shot, frames in zip(script.words, shots_of(video, script), strict=True):
                pictures.append(_features(frames[::_STEP]))
                names += [shot.scene] * len(pictures[-1])
                usual.setdefault(shot.scene, []).append(_colour(frames))
        self._model: Any = LogisticRegression(C=0.01, max_iter=200).fit(np.concatenate(pictures), names)
        self._usual = {scene: np.mean(colours, axis=0) for scene, colours in usual.items()}

    def shown(self, video: NDArray[np.uint8], script: Script) -> Shown:
        scenes, lights = [], []
        for frames in shots_of(video, script):
            chances = self._model.predict_proba(_features(frames)).mean(axis=0)
            scenes.append(str(self._model.classes_[int(chances.argmax())]))
            lights.append(_tint(_colour(frames) - self._usual[scenes[-1]]))
        return Shown(tuple(scenes), tuple(lights))


def shots_of(video: NDArray[np.uint8], script: Script) -> list[NDArray[np.uint8]]:
    """The frames of each shot that was asked for, wherever the video cuts."""
    firsts = [first_frame_of(start) for start in script.starts]
    return [video[first:end] for first, end in pairwise([*firsts, len(video)])]


def right_scenes(shown: Sequence[Shown], scripts: Sequence[Script]) -> float:
    """The share of shots that show the photograph that was asked for."""
    right = [
        seen == words.scene
        for one, script in zip(shown, scripts, strict=True)
        for seen, words in zip(one.scenes, script.words, strict=True)
    ]
    return sum(right) / len(right)


def consistency(shown: Sequence[Shown], scripts: Sequence[Script]) -> Consistency:
    """Of neighbouring shots that both show what was asked for: others say nothing of light, one picture that never cuts least."""
    befores, afters = [], []
    for one, script in zip(shown, scripts, strict=True):
        right = [seen == words.scene for seen, words in zip(one.scenes, script.words, strict=True)]
        for at in range(1, len(right)):
            if right[at - 1] and right[at]:
                befores.append(one.lights[at - 1])
                afters.append(one.lights[at])
    if len(befores) < _LEAST_PAIRS:
        return Consistency(None, len(befores))
    correlation = np.corrcoef(np.concatenate(befores), np.concatenate(afters))[0, 1]
    return Consistency(float(correlation), len(befores))


def _features(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """``(F, 3, H, W)`` -> ``(F, 3 H W / 4)``."""
    count, colours, height, width = frames.shape
    halved = frames.reshape(count, colours, height // 2, 2, width // 2, 2).mean(axis=(3, 5))
    flat = halved.reshape(count, colours, -1)
    flat = (flat - flat.mean(axis=2, keepdims=True)) / (flat.std(axis=2, keepdims=True) + 1)
    return np.asarray(flat.reshape(count, -1))


def _colour(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray(np.log(frames.mean(axis=(0, 2, 3)) + 1))


def _tint(change: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without what is common to the three colours: how bright a shot is depends on where the camera looks."""
    return change - change.mean()
