from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from operators.clip_colour import ClipColour, clip_colour, losses
from operators.clip_picture import ClipPicture, clip_size, luma_plane
from operators.decode import FrameScaler, decode_film


def yuv(width: int, height: int, name: str = "yuv420p") -> VideoFrame:
    noise = np.random.default_rng(5).integers(16, 236, (height, width, 3), dtype=np.uint8)
    return VideoFrame.from_ndarray(noise, format="rgb24").reformat(format=name)


@given(st.integers(2, 8000), st.integers(2, 8000), st.integers(8, 1080).map(lambda half: 2 * half))
def test_clips_are_even_never_larger_and_keep_their_shape(width: int, height: int, limit: int) -> None:
    size = clip_size(width, height, limit)
    assert size[0] % 2 == size[1] % 2 == 0
    assert size[0] <= max(2, width)
    assert size[1] <= max(2, height)
    assert min(size) <= max(limit, 2)
    scale = min(Fraction(1), Fraction(limit, min(width, height)))
    assert abs(size[0] - width * scale) <= 1
    assert abs(size[1] - height * scale) <= 1


def test_a_fitting_frame_goes_to_the_encoder_untouched() -> None:
    frame = yuv(320, 180)
    frame.colorspace, frame.color_range = 1, 1
    pictures = ClipPicture((320, 180), clip_colour(frame))
    assert pictures.prepare(frame) is frame
    assert losses(frame) == ()


def test_an_odd_frame_loses_its_last_line_and_nothing_else() -> None:
    frame = yuv(161, 97)
    frame.colorspace, frame.color_range = 1, 1
    prepared = ClipPicture(clip_size(161, 97, 720), clip_colour(frame)).prepare(frame)
    assert (prepared.width, prepared.height) == (160, 96)
    assert np.array_equal(luma_plane(prepared), luma_plane(frame)[:96, :160])


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        ("yuv420p", (1, 1), ClipColour(1, 1, 1)),
        ("yuv420p", (6, 2), ClipColour(6, 6, 6)),
        ("yuv420p", (7, 7), ClipColour(1, 1, 1)),
        ("rgb24", (0, 2), ClipColour(1, 1, 1)),
    ],
)
def test_every_colour_becomes_bt601_or_bt709(name: str, tags: tuple[int, int], expected: ClipColour) -> None:
    frame = yuv(64, 36, name)
    frame.colorspace, frame.color_trc = tags
    assert clip_colour(frame) == expected


@pytest.mark.parametrize(("width", "height", "matrix"), [(720, 576, 6), (1280, 544, 1), (960, 720, 1)])
def test_an_untagged_picture_counts_as_bt709_from_720_lines_or_1280_columns_on(
    width: int, height: int, matrix: int
) -> None:
    assert clip_colour(VideoFrame(width, height, "yuv420p")).matrix == matrix


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(4, 3)])
def test_clips_stand_as_the_scan_saw_the_film(rotation: int, aspect: Fraction, film_spec: Any, film: Any) -> None:
    source = film(film_spec(frames=3, rotation=rotation, aspect=aspect))
    plan = source.plan((0, 3))
    decoded = next(iter(decode_film(Path(source.path))))
    size = clip_size(plan.width, plan.height, 720)
    prepared = ClipPicture(size, clip_colour(decoded.picture)).prepare(decoded.picture)
    assert (prepared.width, prepared.height) == size
    seen = FrameScaler().to_array(decoded.picture, *size).mean(axis=2)
    assert np.mean(np.abs((luma_plane(prepared).astype(float) - 16) * 255 / 219 - seen)) < 6
