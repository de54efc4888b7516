from __future__ import annotations

import random
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest

from operators.sample_films.film_frames import film_frames
from operators.sample_films.plans import TitlePlan
from operators.sample_films.random_film import random_film
from operators.sample_films.titles import draw_title
from operators.scores.text import text_area, text_rows

SIZE = (576, 324)
WORDS = "CHAPTER one The HARBOUR lights Tonight directed BY nobody In particular WINTER comes again".split()  # noqa: SIM905


def grey(picture):
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def titled(before, after, title):
    """Both with the words drawn on, and the box around them ``(left, top, right, bottom)``."""
    one, other, black = before.copy(), after.copy(), np.zeros_like(before)
    for picture in (one, other, black):
        draw_title(picture, title, 50)
    rows, columns = np.nonzero(black.max(axis=2) > 60)
    return one, other, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def shared(found, true):
    """Intersection over union of two boxes."""
    width = min(found[2], true[2]) - max(found[0], true[0])
    height = min(found[3], true[3]) - max(found[1], true[1])
    both = max(0, width) * max(0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (found, true)]
    return both / (sum(areas) - both)


@pytest.fixture(scope="module")
def pairs():
    """Frames 0.08 s apart out of films of the half that nothing was chosen on, without words of their own."""
    found = []
    for seed in range(40):
        plan = random_film(9000 + seed, "test", ("plain", "restless", "short", "dark")[seed % 4], SIZE)
        plan = replace(plan, shots=tuple(replace(shot, title=None) for shot in plan.shots))
        frames = list(islice(film_frames(plan), 12, 17))
        found.append((frames[0].copy(), frames[2].copy()))
    return found


def test_titles_of_five_letters_and_more_are_found_where_they_are_and_little_else(pairs):
    dice = random.Random(3)
    hits, false, boxes = 0, 0, []
    for before, after in pairs:
        words = " ".join(dice.sample(WORDS, dice.randint(2, 4)))
        title = TitlePlan(words, 0, 1000, size=dice.uniform(0.045, 0.12), y=dice.uniform(0.1, 0.9))
        one, other, true = titled(before, after, title)
        rows = text_rows(grey(one), grey(other))
        best = max((shared(row, true) for row in rows), default=0.0)
        hits += best > 0.5
        boxes += [best] if best else []
        false += text_area(grey(before), grey(after)) > 0.002
    assert hits >= 0.9 * len(pairs)
    assert false <= 0.05 * len(pairs)
    assert np.median(boxes) > 0.8


def test_the_area_is_that_of_the_words(photograph):
    picture = photograph(*SIZE) // 2
    one, other, true = titled(picture, picture, TitlePlan("HARBOUR LIGHTS", 0, 1000, size=0.09, y=0.8))
    own = (true[2] - true[0]) * (true[3] - true[1]) / (SIZE[0] * SIZE[1])
    assert text_area(grey(one), grey(other)) == pytest.approx(own, rel=0.15)
    assert text_area(grey(picture), grey(picture)) == 0


def test_words_that_move_with_the_picture_are_the_pictures_own(photograph):
    picture = photograph(*SIZE) // 2
    one, _, _ = titled(picture, picture, TitlePlan("HARBOUR LIGHTS", 0, 1000, size=0.06, y=0.5))
    moved = np.roll(one, 30, axis=0)
    assert text_area(grey(one), grey(moved)) == 0


def test_noise_flats_and_tiny_pictures_hold_no_words():
    random_levels = np.random.default_rng(1).integers(0, 256, (324, 576), dtype=np.uint8)
    assert text_area(random_levels, random_levels) == 0
    for shape in ((324, 576), (6, 10), (1, 1), (2, 400)):
        flat = np.full(shape, 200, np.uint8)
        assert text_area(flat, flat) == 0
