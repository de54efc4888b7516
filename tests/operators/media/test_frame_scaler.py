"""Frames as arrays: right colours, right way up, any size, always the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from operators.decode import FrameScaler, decode_film, display_size
from operators.media import probe_film
from operators.orientation import Orientation, orientation_from_matrix, pixel_aspect

FilmMaker = Callable[..., Path]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(picture: NDArray[np.uint8]) -> list[str]:
    """Names of the colours at top left, top right, bottom left, bottom right."""
    names = {RED: "red", GREEN: "green", BLUE: "blue", WHITE: "white"}
    inset = [(8, 8), (8, -8), (-8, 8), (-8, -8)]
    return [names[min(names, key=lambda color: sum(abs(int(a) - b) for a, b in zip(picture[at], color, strict=True)))]
            for at in inset]  # fmt: skip


def four_corners(width: int, height: int) -> NDArray[np.uint8]:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = RED, GREEN
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = BLUE, WHITE
    return picture


def yuv_frame(y: int, u: int, v: int, size: tuple[int, int], matrix: int, full: bool) -> av.VideoFrame:
    width, height = size
    planes = [np.full(height * width, y), np.full(height * width // 4, u), np.full(height * width // 4, v)]
    stacked = np.concatenate(planes).astype(np.uint8).reshape(height * 3 // 2, width)
    frame = av.VideoFrame.from_ndarray(stacked, format="yuv420p")
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    return frame


def rgb_of(y: int, u: int, v: int, kr: float, kb: float, full: bool) -> NDArray[np.float64]:
    """ITU-T H.273, equations 27 to 47, inverted."""
    luma = y / 255 if full else (y - 16) / 219
    blue, red = ((u - 128) / 255, (v - 128) / 255) if full else ((u - 128) / 224, (v - 128) / 224)
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    g = (luma - kr * r - kb * b) / (1 - kr - kb)
    return np.clip(np.array([r, g, b]), 0, 1) * 255


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("matrix", "kr", "kb"), [(1, 0.2126, 0.0722), (6, 0.299, 0.114), (9, 0.2627, 0.0593)])
def test_colours_follow_the_frames_own_matrix_and_range(matrix: int, kr: float, kb: float, full: bool) -> None:
    scaler = FrameScaler()
    for y, u, v in [(60, 100, 150), (120, 140, 110), (200, 120, 130), (16, 128, 128), (235, 128, 128)]:
        picture = scaler.to_array(yuv_frame(y, u, v, (64, 48), matrix, full), 32, 24)
        assert np.abs(picture.astype(float) - rgb_of(y, u, v, kr, kb, full)).max() <= 1


def test_a_frame_that_names_no_matrix_is_read_by_its_size() -> None:
    scaler = FrameScaler()
    small = scaler.to_array(yuv_frame(120, 90, 170, (64, 48), 2, False), 16, 16)[0, 0].astype(float)
    large = scaler.to_array(yuv_frame(120, 90, 170, (1280, 720), 2, False), 16, 16)[0, 0].astype(float)
    assert np.abs(small - rgb_of(120, 90, 170, 0.299, 0.114, False)).max() <= 1
    assert np.abs(large - rgb_of(120, 90, 170, 0.2126, 0.0722, False)).max() <= 1


@given(st.integers(1, 90), st.integers(1, 90))
def test_any_size_can_be_asked_for(width: int, height: int) -> None:
    frame = av.VideoFrame.from_ndarray(four_corners(64, 48), format="rgb24")
    picture = FrameScaler().to_array(frame, width, height)
    assert (picture.shape, picture.dtype, picture.flags.c_contiguous) == ((height, width, 3), np.uint8, True)


def test_one_scaler_gives_the_same_bytes_as_a_fresh_one_in_any_order() -> None:
    frames = [
        av.VideoFrame.from_ndarray(np.roll(four_corners(64, 48), 5 * k, axis=1), format="rgb24") for k in range(4)
    ]
    one = FrameScaler()
    for frame in frames:
        for size in ((48, 27), (64, 48), (20, 30)):
            assert np.array_equal(one.to_array(frame, *size), FrameScaler().to_array(frame, *size))


def test_a_picture_is_the_callers_own() -> None:
    frame = av.VideoFrame.from_ndarray(four_corners(64, 48), format="rgb24")
    scaler = FrameScaler()
    first = scaler.to_array(frame, 64, 48)
    first[:] = 0
    assert scaler.to_array(frame, 64, 48).max() == 255


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (0, ["red", "green", "blue", "white"]),
        (90, ["green", "white", "red", "blue"]),
        (180, ["white", "blue", "green", "red"]),
        (-90, ["blue", "red", "white", "green"]),
    ],
)
def test_a_film_is_turned_as_its_container_says(degrees: int, expected: list[str], tmp_path: Path) -> None:
    """``degrees`` are counter-clockwise, as PyAV writes them."""
    path = tmp_path / "turned.mp4"
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=24, options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.set_display_rotation(degrees)
        film.mux(
            stream.encode(av.VideoFrame.from_ndarray(four_corners(96, 64), format="rgb24").reformat(format="yuv420p"))
        )
        film.mux(stream.encode(None))
    probe = probe_film(path)
    assert (probe.width, probe.height) == ((64, 96) if degrees % 180 else (96, 64))
    assert probe.rotation == -degrees % 360
    frame = next(decode_film(path))
    assert corners(FrameScaler().to_array(frame.picture, probe.width, probe.height)) == expected


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_display_matrix_moves_pixels_as_the_mathematics_say(degrees: int, flip: bool) -> None:
    """Every pixel goes where the matrix sends it, up to translation."""
    one = 1 << 16
    turns = {0: (one, 0, 0, one), 90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}
    a, b, c, d = turns[degrees]
    if flip:
        a, b = -a, -b
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
    moved = orientation_from_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30)).applied(picture)
    places = {(x * a + y * c, x * b + y * d): picture[y, x, 0] for y in range(3) for x in range(4)}
    left, top = min(x for x, _ in places), min(y for _, y in places)
    for (x, y), value in places.items():
        assert moved[(y - top) // one, (x - left) // one, 0] == value


def test_a_degenerate_display_matrix_is_ignored() -> None:
    assert orientation_from_matrix((0,) * 9) == Orientation()


@given(st.integers(2, 4000), st.integers(2, 4000), st.fractions(Fraction(1, 8), 8, max_denominator=500))
def test_pixels_become_square_by_stretching_and_never_by_shrinking(width: int, height: int, aspect: Fraction) -> None:
    wide, high = display_size(width, height, aspect)
    assert wide >= width
    assert high >= height
    assert wide == width or high == height
    assert abs(Fraction(wide) - high * aspect * width / height) <= max(Fraction(1, 2), aspect * width / height)
    assert display_size(width, height, aspect, Orientation(clockwise=90)) == (high, wide)


def test_incredible_pixel_shapes_count_as_square() -> None:
    assert [pixel_aspect(stated) for stated in (None, Fraction(0), Fraction(-1), Fraction(1, 100), Fraction(9))] == [
        1
    ] * 5
    assert pixel_aspect(Fraction(9, 16)) == Fraction(9, 16)
