from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.orientation import Orientation
from operators.scores.bars import WHOLE, PictureShare, bar_scores, believed, covering, find_picture
from operators.scores.picture_luma import PictureLuma

EVEN = st.integers(0, 20).map(lambda value: 2 * value)


@given(
    left=EVEN, top=EVEN, right=EVEN, bottom=EVEN, pixels=st.sampled_from(["yuv420p", "yuv444p10le", "rgb24", "nv12"])
)
def test_the_box_inside_bars_of_known_size_is_found_to_the_pixel(photograph, decoded, left, top, right, bottom, pixels):
    picture = np.maximum(photograph(200, 160), 30)
    picture[:top] = picture[160 - bottom :] = 0
    picture[:, :left] = picture[:, 200 - right :] = 0
    box = find_picture(PictureLuma(decoded(picture, pixels=pixels).picture))
    assert box is not None
    assert box.pixels(200, 160) == (left, top, 200 - right, 160 - bottom)
    scores = bar_scores(box)
    assert scores["letterbox"] == pytest.approx((top + bottom) / 160)
    assert scores["pillarbox"] == pytest.approx((left + right) / 200)


def test_noise_in_the_bars_is_no_picture_and_words_in_them_are(photograph, decoded):
    picture = np.maximum(photograph(200, 160), 30)
    random = np.random.default_rng(4)
    picture[:20] = np.abs(3 * random.standard_normal((20, 200, 3)))
    assert find_picture(PictureLuma(decoded(picture).picture)).pixels(200, 160) == (0, 20, 200, 160)
    picture[8:14, 60:140:3] = 200
    assert find_picture(PictureLuma(decoded(picture).picture)).pixels(200, 160) == (0, 8, 200, 160)


def test_a_black_frame_has_no_box_and_words_on_black_have_no_bars(decoded):
    black = np.zeros((160, 200, 3), np.uint8)
    assert find_picture(PictureLuma(decoded(black).picture)) is None
    black[70:90, 50:150:2] = 255
    words = find_picture(PictureLuma(decoded(black).picture))
    assert words.pixels(200, 160) == (50, 70, 149, 90)
    assert believed(words) == WHOLE
    upright = PictureShare(0.34, 0.0, 0.66, 1.0)
    assert believed(upright) == upright


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_frames_box_is_that_of_the_turned_picture(photograph, decoded, monkeypatch, clockwise, mirrored):
    picture = np.maximum(photograph(200, 160), 30)
    picture[:20] = picture[150:] = 0
    picture[:, :40] = 0
    orientation = Orientation(clockwise, mirrored)
    monkeypatch.setattr("operators.scores.picture_luma.orientation_of", lambda _: orientation)
    shown = np.argwhere(orientation.applied(picture).any(axis=2))
    width, height = (160, 200) if orientation.swaps_axes else (200, 160)
    (top, left), (bottom, right) = shown.min(axis=0), shown.max(axis=0) + 1
    box = find_picture(PictureLuma(decoded(picture).picture))
    assert box.pixels(width, height) == (left, top, right, bottom)


SHARES = st.tuples(st.floats(0, 0.4), st.floats(0, 0.4), st.floats(0.6, 1), st.floats(0.6, 1)).map(
    lambda edges: PictureShare(*edges)
)


@given(boxes=st.lists(SHARES, min_size=1, max_size=6))
def test_the_box_of_many_looks_holds_every_look(boxes):
    whole = covering(boxes)
    assert whole is not None
    assert all(whole.left <= box.left and whole.top <= box.top for box in boxes)
    assert all(whole.right >= box.right and whole.bottom >= box.bottom for box in boxes)
    assert covering([]) is None


def test_planes_with_padding_are_read_by_their_rows():
    frame = av.VideoFrame.from_ndarray(np.full((34, 38, 3), 200, np.uint8), format="rgb24").reformat(format="yuv420p")
    luma = PictureLuma(frame)
    assert luma.plane.shape == (34, 38)
    assert np.ptp(luma.plane) <= 1
