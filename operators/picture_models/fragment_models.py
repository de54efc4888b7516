"""Shows each model the pictures of each fragment, many fragments at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formats.exact_time import FrameRange
from operators.picture_models.picture_keeper import FragmentPictures, PictureKeeper, picture_size
from operators.picture_models.protocol import Answers, Picture, PictureModel

PICTURES_PER_FRAGMENT = 3
FRAGMENTS_AT_ONCE = 16


@dataclass(frozen=True)
class FragmentAnswers:
    """What one model said of a film's fragments, in their order: ``(F, 3, D)`` float32 for head, middle and tail; NaN
    where a fragment has no picture (it is too short to hold a sample)."""

    of: PictureModel
    values: Answers

    def scores(self, fragment: int) -> dict[str, float]:
        """Means over the fragment's pictures by name; nothing of a fragment without pictures or of an embedder."""
        means = self.values[fragment].mean(axis=0)
        if not self.of.scores or np.isnan(means).any():
            return {}
        return {name: round(float(value), 4) for name, value in zip(self.of.scores, means, strict=True)}


class FragmentModels:
    """One film on its way past the models: sampled frames in, fragments as they become final, answers at the end."""

    def __init__(self, models: Sequence[PictureModel], width: int, height: int) -> None:
        """``models``: at least one. ``width`` x ``height``: the film's display size."""
        self._models = tuple(models)
        self.size = picture_size(width, height, max(model.side for model in models))
        self._keeper = PictureKeeper()
        self._waiting: list[FragmentPictures | None] = []
        self._answers: list[list[Answers]] = [[] for _ in models]

    def add(self, index: int, picture: Picture) -> None:
        """A sampled frame at ``size``; ``index`` rises."""
        self._keeper.add(index, picture)

    def finish_fragment(self, frames: FrameRange) -> None:
        self._waiting.append(self._keeper.finish_fragment(*frames))
        if len(self._waiting) == FRAGMENTS_AT_ONCE:
            self._measure()

    def finish(self) -> tuple[FragmentAnswers, ...]:
        """One per model, in the order of the models."""
        self._measure()
        return tuple(
            FragmentAnswers(model, _stacked(answers))
            for model, answers in zip(self._models, self._answers, strict=True)
        )

    def _measure(self) -> None:
        fragments, self._waiting = self._waiting, []
        distinct, places = _distinct(fragments)
        for model, answers in zip(self._models, self._answers, strict=True):
            measured = model.measure(distinct) if distinct else None
            answers += [_placed(place, measured) for place in places]


def _distinct(fragments: Sequence[FragmentPictures | None]) -> tuple[list[Picture], list[tuple[int, ...]]]:
    """Every picture once, and for each fragment where its three are; nowhere for one without."""
    distinct: dict[int, int] = {}
    pictures: list[Picture] = []
    places: list[tuple[int, ...]] = []
    for fragment in fragments:
        three = () if fragment is None else (fragment.head, fragment.middle, fragment.tail)
        for picture in three:
            if id(picture) not in distinct:
                distinct[id(picture)] = len(pictures)
                pictures.append(picture)
        places.append(tuple(distinct[id(picture)] for picture in three))
    return pictures, places


def _placed(place: tuple[int, ...], measured: Answers | None) -> Answers:
    if measured is None or not place:
        return np.full((PICTURES_PER_FRAGMENT, 0), np.nan, np.float32)
    return measured[list(place)].astype(np.float32)


def _stacked(answers: Sequence[Answers]) -> Answers:
    """Those of fragments without a picture filled up to the width of the others."""
    width = max((each.shape[1] for each in answers), default=0)
    out = np.full((len(answers), PICTURES_PER_FRAGMENT, width), np.nan, np.float32)
    for number, each in enumerate(answers):
        if each.shape[1]:
            out[number] = each
    return out
