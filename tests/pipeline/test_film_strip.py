from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from formats.clip_json import read_clip_json
from formats.clip_record import ClipRecord
from pipeline.film_strip import draw_strip, fill, picture_size, strip_frames, strip_jpeg

EXAMPLE = Path(__file__).parents[2] / "formats" / "clip_record.example.json"
RED, BLUE = (200, 0, 0), (0, 0, 200)


@pytest.fixture(scope="module")
def record() -> ClipRecord:
    return read_clip_json(EXAMPLE.read_bytes())


def flat(color: tuple[int, int, int], height: int = 54, width: int = 96) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def two_colors(record: ClipRecord) -> dict[int, np.ndarray]:
    border = record.shots[1].frames[0]
    return {frame: flat(RED if frame < border else BLUE) for frame in strip_frames(record, 12)}


@given(count=st.integers(1, 500))
def test_the_frames_of_a_strip_are_in_the_clip_and_hold_every_shot_s_borders(count):
    record = read_clip_json(EXAMPLE.read_bytes())
    frames = strip_frames(record, count)
    assert list(frames) == sorted(set(frames))
    assert frames[0] == 0 and frames[-1] == record.video.frames - 1
    assert {frame for shot in record.shots for frame in (shot.frames[0], shot.frames[1] - 1)} <= set(frames)
    assert len(frames) <= count + 3 * len(record.shots)


def test_the_border_between_shots_lies_where_it_is_in_time(record):
    strip = np.asarray(draw_strip(record, two_colors(record), width=record.video.frames * 4, height=40))
    border = record.shots[1].frames[0] * 4
    assert strip.shape == (40, record.video.frames * 4, 3)
    assert (strip[:, : border - 2] == RED).all()
    assert (strip[:, border + 3 :] == BLUE).all()


def test_a_shot_without_pictures_stays_grey_and_never_borrows_another_s(record):
    strip = np.asarray(draw_strip(record, {0: flat(RED)}, width=480, height=40))
    border = round(record.shots[1].frames[0] / record.video.frames * 480)
    right = strip[:, border + 3 :]
    assert (right == right[0, 0]).all() and tuple(right[0, 0]) != RED


def test_each_cell_shows_the_frame_nearest_in_time(record):
    frames = {frame: flat((frame, 0, 0)) for frame in strip_frames(record, 24)}
    reds = np.asarray(draw_strip(record, frames, width=960, height=40))[20, :, 0].astype(int)
    middle = np.arange(960) * record.video.frames / 960
    inside = np.asarray(draw_strip(record, frames, width=960, height=40))[20, :, 2] == 0
    assert np.abs(reds - middle)[inside].max() < record.video.frames / 8


def test_a_picture_fills_its_cell_from_its_middle_without_being_stretched():
    picture = np.zeros((60, 120, 3), np.uint8)
    picture[20:40, 50:70] = 255
    cell = np.asarray(fill(picture, 30, 30))[..., 0] > 127
    rows, columns = np.flatnonzero(cell.any(axis=1)), np.flatnonzero(cell.any(axis=0))
    assert cell.shape == (30, 30)
    assert rows[[0, -1]].tolist() == columns[[0, -1]].tolist() == [10, 19]


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 200), st.integers(1, 200))
def test_any_picture_fills_any_cell(height, width, across, down):
    assert fill(flat(RED, height, width), across, down).size == (across, down)


def test_the_same_strip_is_the_same_bytes(record):
    first, second = (strip_jpeg(record, two_colors(record)) for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).size == (960, 96)


def test_a_very_wide_clip_does_not_ask_for_endless_pictures(record):
    wide = record.model_copy(update={"video": record.video.model_copy(update={"width": 100_000, "height": 2})})
    assert picture_size(wide, 90) == (360, 90)
    assert picture_size(record, 90) == (212, 90)
