"""Two photographs side by side: a detector must find each thing in its own half.

With a published model: ``SHOTLOOM_DETECTOR=IDEA-Research/grounding-dino-base pytest tests/captioning/references``; a folder
will do too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np
import pytest

from captioning.references.boxes import FoundBox, overlap
from captioning.references.models import Detector, open_reference_models
from captioning.references.phrase import Phrase
from captioning.references.settings import ReferenceSettings
from formats.clip_record import Model
from operators.picture_models.protocol import Picture
from operators.sample_films.photographs import load_photograph

REAL = os.environ.get("SHOTLOOM_DETECTOR", "")
SIDE = 480
THINGS = {
    "astronaut": Phrase("astronaut", "a woman in an orange space suit"),
    "cat": Phrase("cat", "the face of a ginger cat"),
    "coffee": Phrase("cup", "a cup of coffee on a saucer"),
    "motorcycle": Phrase("motorcycle", "a motorcycle in a garage"),
    "flower": Phrase("flower", "a pink flower among leaves"),
}


def beside(left: str, right: str) -> Picture:
    halves = [cv2.resize(np.ascontiguousarray(load_photograph(name)), (SIDE, SIDE)) for name in (left, right)]
    return np.concatenate(halves, axis=1).astype(np.uint8)


def share_found_in_place(detector: Detector) -> float:
    """Of both things of every pair: the surest box lies mostly in the half that the thing is in."""
    right_places = []
    for left, right in combinations(THINGS, 2):
        picture = beside(left, right)
        found = detector.find([(picture, THINGS[left]), (picture, THINGS[right])])
        for half, boxes in enumerate(found):
            place = (half * SIDE, 0, (half + 1) * SIDE, SIDE)
            other = ((1 - half) * SIDE, 0, (2 - half) * SIDE, SIDE)
            right_places.append(bool(boxes) and overlap(boxes[0].box, place) > overlap(boxes[0].box, other))
    return sum(right_places) / len(right_places)


class OneSided:
    """Finds the first thing it is asked for in the left half, and all others there too if it is ``blind``."""

    model = Model(role="detector", id="one-sided", revision="1", license="MIT")

    def __init__(self, blind: bool) -> None:
        self.blind = blind

    def find(self, asked: Sequence[tuple[Picture, Phrase]]) -> list[tuple[FoundBox, ...]]:
        starts = [0 if self.blind else half * SIDE for half in range(len(asked))]
        return [(FoundBox((start + 9, 9, start + SIDE - 9, SIDE), 0.9),) for start in starts]


def test_one_who_knows_is_told_from_one_who_does_not() -> None:
    assert share_found_in_place(OneSided(blind=False)) == 1.0
    assert share_found_in_place(OneSided(blind=True)) == 0.5


@pytest.mark.skipif(not REAL, reason="SHOTLOOM_DETECTOR names no model")
def test_a_published_detector_finds_things_where_they_are() -> None:
    chosen = ReferenceSettings.model_validate({"detector": "grounding-dino", "detector_weights": {"source": REAL}})
    assert share_found_in_place(open_reference_models(chosen, "auto").detector) >= 0.9
