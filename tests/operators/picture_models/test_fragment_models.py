from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from formats.clip_record import Model
from operators.picture_models.fragment_models import FRAGMENTS_AT_ONCE, FragmentModels
from operators.picture_models.protocol import Answers, Picture

MODEL = Model(role="embedder", id="mean-colour", revision="1", license="Apache-2.0")


@dataclass
class MeanColour:
    """A model that anyone can check: the mean of each channel."""

    scores: tuple[str, ...] = ()
    side: int = 32
    model: Model = MODEL
    batches: list[int] = field(default_factory=list)

    def measure(self, pictures: Sequence[Picture]) -> Answers:
        self.batches.append(len(pictures))
        return np.stack([picture.mean(axis=(0, 1)) for picture in pictures]).astype(np.float32)


def plain(level: int) -> Picture:
    return np.full((32, 56, 3), level, np.uint8)


def test_each_fragment_gets_the_answers_of_its_own_pictures() -> None:
    model = MeanColour()
    film = FragmentModels([model], 1920, 1080)
    for index in range(0, 400, 8):
        film.add(index, plain(index // 8))
    film.finish_fragment((0, 200))
    film.finish_fragment((200, 400))
    (answers,) = film.finish()
    assert answers.values.shape == (2, 3, 3)
    assert answers.values[:, :, 0].tolist() == [[1, 12, 24], [26, 37, 49]]


def test_fragments_go_to_a_model_many_at_a_time_and_a_repeated_picture_once() -> None:
    model = MeanColour()
    film = FragmentModels([model], 640, 360)
    count = 2 * FRAGMENTS_AT_ONCE + 1
    for number in range(count):
        film.add(number * 8, plain(number))
        film.finish_fragment((number * 8, number * 8 + 8))
    (answers,) = film.finish()
    assert model.batches == [FRAGMENTS_AT_ONCE, FRAGMENTS_AT_ONCE, 1]
    assert answers.values[:, 1, 0].tolist() == list(range(count))


def test_a_fragment_without_a_picture_has_no_answer_and_no_score() -> None:
    film = FragmentModels([MeanColour(scores=("red", "green", "blue"))], 640, 360)
    film.add(0, plain(7))
    film.finish_fragment((0, 5))
    film.finish_fragment((5, 8))
    (answers,) = film.finish()
    assert answers.scores(0) == {"red": 7.0, "green": 7.0, "blue": 7.0}
    assert np.isnan(answers.values[1]).all()
    assert answers.scores(1) == {}


def test_an_embedder_gives_no_scores() -> None:
    film = FragmentModels([MeanColour()], 640, 360)
    film.add(0, plain(7))
    film.finish_fragment((0, 8))
    assert film.finish()[0].scores(0) == {}


@pytest.mark.parametrize("sides", [(32, 64), (64, 32)])
def test_pictures_are_as_large_as_the_model_that_asks_most(sides: tuple[int, int]) -> None:
    film = FragmentModels([MeanColour(side=side) for side in sides], 1920, 1080)
    assert film.size == (114, 64)


def test_a_film_without_a_picture_at_all_has_empty_answers() -> None:
    film = FragmentModels([MeanColour()], 640, 360)
    film.finish_fragment((0, 3))
    assert np.isnan(film.finish()[0].values).all()
