from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from formats.clip_json import read_clip_json
from formats.clip_record import ClipRecord, Entity
from pipeline.clip_figure import WIDTH, draw_clip_figure
from pipeline.film_strip import strip_frames

EXAMPLE = Path(__file__).parents[2] / "formats" / "clip_record.example.json"
RED, BLUE = (200, 0, 0), (0, 0, 200)


@pytest.fixture(scope="module")
def record() -> ClipRecord:
    return read_clip_json(EXAMPLE.read_bytes())


def two_colors(record: ClipRecord) -> dict[int, np.ndarray]:
    border = record.shots[1].frames[0]
    wanted = strip_frames(record, 12)
    return {frame: np.full((68, 160, 3), RED if frame < border else BLUE, np.uint8) for frame in wanted}


def shares(image: np.ndarray, color: tuple[int, int, int]) -> float:
    return float((image == color).all(axis=-1).mean())


def test_the_figure_shows_every_shot_as_often_as_the_other(record):
    image = np.asarray(draw_clip_figure(record, two_colors(record)))
    assert image.shape[1:] == (WIDTH, 3)
    assert shares(image, RED) > 0.1
    assert shares(image, RED) == pytest.approx(shares(image, BLUE), rel=0.1)


def test_the_figure_is_the_same_each_time(record):
    frames = two_colors(record)
    assert draw_clip_figure(record, frames).tobytes() == draw_clip_figure(record, frames).tobytes()


def test_without_pictures_the_lanes_are_still_drawn(record):
    image = np.asarray(draw_clip_figure(record, {}))
    assert shares(image, RED) == 0
    assert shares(image, (213, 228, 247)) > 0.005, "the camera's event"


def test_every_entity_gets_a_lane_of_its_own(record):
    more = Entity(id="boat", kind="subject", name="{boat}", description="", reference="")
    taller = draw_clip_figure(record.model_copy(update={"entities": (*record.entities, more)}), {})
    assert taller.height > draw_clip_figure(record, {}).height


def test_overlapping_events_are_stacked(record):
    event = record.events[0]
    twice = record.model_copy(update={"events": (event, event, record.events[1])})
    assert draw_clip_figure(twice, {}).height > draw_clip_figure(record, {}).height


@pytest.mark.parametrize("words", ["船が出る", "café", "a\nb\x00\x1b", "\u202eevil", "\ud800", "x" * 5000, "", "🎬"])
def test_any_caption_and_prompt_is_drawn_without_a_crash(record, words):
    caption = record.captions[0].model_copy(update={"text": words, "shot": 0})
    event = record.events[0].model_copy(update={"prompt": words})
    source = record.source.model_copy(update={"uri": words})
    odd = record.model_copy(update={"captions": (caption,), "events": (event,), "source": source})
    assert draw_clip_figure(odd, {}).size[0] == WIDTH
