from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from formats.clip_plan import ClipPlan
from operators.crop import FrameCrop, crop_box
from operators.encode import EncodeSettings
from operators.verify import make_clip, verify_clip

BARS = EncodeSettings(crop="bars", crf=14)


def plan_with(width: int, height: int, picture: tuple[int, int, int, int] | None) -> ClipPlan:
    return ClipPlan(
        key="k", source_sha256="0" * 64, stream=0, time_base="1/24", fps="24/1", vfr=False, width=width, height=height,
        shots=(), joins=(), picture=picture,
    )  # fmt: skip


def barred(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Bright noise that moves, with bars of an eighth at top and bottom."""
    random = np.random.default_rng(7)
    noise = np.kron(random.integers(70, 250, (height // 4, width // 4 + 40), dtype=np.uint8), np.ones((4, 4), np.uint8))
    picture = np.ascontiguousarray(noise[:, 2 * number : 2 * number + width])
    picture[: height // 8] = picture[height - height // 8 :] = 0
    return picture


def first_plane(frame: VideoFrame, width: int) -> NDArray[np.uint8]:
    """``(H, width)`` bytes."""
    plane = frame.planes[0]
    data = np.frombuffer(memoryview(plane), np.uint8)
    return np.stack([data[y * plane.line_size :][:width] for y in range(frame.height)])


@given(
    width=st.integers(16, 4000),
    height=st.integers(16, 4000),
    edges=st.tuples(st.floats(0, 0.45), st.floats(0, 0.45), st.floats(0.55, 1), st.floats(0.55, 1)),
)
def test_a_box_is_even_holds_the_picture_and_stays_in_the_frame(
    width: int, height: int, edges: tuple[float, float, float, float]
) -> None:
    picture = (
        int(edges[0] * width),
        int(edges[1] * height),
        -int(-edges[2] * width // 1),
        -int(-edges[3] * height // 1),
    )
    left, top, right, bottom = crop_box(plan_with(width, height, picture), "bars")
    assert 0 <= left <= picture[0]
    assert 0 <= top <= picture[1]
    assert picture[2] <= right <= width
    assert picture[3] <= bottom <= height
    assert left % 2 == top % 2 == 0
    assert right % 2 == 0 or right == width
    assert bottom % 2 == 0 or bottom == height


def test_without_bars_or_without_being_asked_the_whole_frame_is_shown() -> None:
    picture = (0, 20, 100, 80)
    assert crop_box(plan_with(100, 100, picture), "none") == (0, 0, 100, 100)
    assert crop_box(plan_with(100, 100, None), "bars") == (0, 0, 100, 100)
    assert crop_box(plan_with(100, 100, (40, 40, 50, 50)), "bars") == (0, 0, 100, 100)
    frame = VideoFrame(100, 100, "yuv420p")
    assert FrameCrop((0, 0, 100, 100), 100, 100).applied(frame) is frame


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le", "nv12", "rgb24"])
def test_the_pixels_inside_are_those_of_the_frame(pixels: str) -> None:
    noise = np.random.default_rng(5).integers(16, 236, (96, 160, 3), dtype=np.uint8)
    frame = VideoFrame.from_ndarray(noise, format="rgb24").reformat(format=pixels, threads=1)
    frame.pts = 41
    cut = FrameCrop((4, 12, 156, 84), 160, 96).applied(frame)
    assert (cut.width, cut.height, cut.format.name, cut.pts) == (152, 72, pixels, 41)
    each = {"yuv420p": 1, "yuv422p10le": 2, "nv12": 1, "rgb24": 3}[pixels]
    inside = first_plane(frame, 160 * each)[12:84, 4 * each : 156 * each]
    assert np.array_equal(first_plane(cut, 152 * each), inside)


@pytest.mark.parametrize("rotation", [0, 180])
def test_a_clip_of_a_barred_film_shows_the_picture_alone_and_equals_its_plan(
    film_spec: Any, film: Any, clip_lumas: Any, tmp_path: Path, rotation: int
) -> None:
    source = film(film_spec(frames=40, luma=barred, rotation=rotation))
    plan = source.plan((2, 12), (20, 34)).model_copy(update={"picture": (0, 12, 160, 84)})
    clip = tmp_path / "clip.mp4"
    made = make_clip(plan, source.path, clip, BARS, source.pts)
    assert made.crop == (0, 12, 160, 84)
    assert (made.width, made.height, made.frames) == (160, 72, 24)
    assert verify_clip(clip, made) == ()
    lumas = clip_lumas(clip)
    for luma, number in zip(lumas, [*range(2, 12), *range(20, 34)], strict=True):
        wanted = 16 + barred(number, 160, 96)[12:84].astype(float) * 219 / 255
        assert np.abs(luma - wanted).mean() < 6


@pytest.mark.parametrize("rotation", [90, 270])
def test_a_turned_films_bars_are_cut_off_where_they_are_shown(
    film_spec: Any, film: Any, clip_lumas: Any, tmp_path: Path, rotation: int
) -> None:
    source = film(film_spec(frames=12, luma=barred, rotation=rotation))
    plan = source.plan((0, 12))
    assert (plan.width, plan.height) == (96, 160)
    made = make_clip(
        plan.model_copy(update={"picture": (0, 20, 96, 140)}), source.path, tmp_path / "clip.mp4", BARS, source.pts
    )
    assert (made.width, made.height) == (96, 120)
    wanted = 16 + barred(5, 96, 160)[20:140].astype(float) * 219 / 255
    assert np.abs(clip_lumas(tmp_path / "clip.mp4")[5] - wanted).mean() < 6


def test_pixels_that_are_not_square_keep_their_shape(film_spec: Any, film: Any, tmp_path: Path) -> None:
    source = film(film_spec(frames=6, luma=barred, aspect=Fraction(4, 3)))
    plan = source.plan((0, 6))
    assert (plan.width, plan.height) == (213, 96)
    made = make_clip(
        plan.model_copy(update={"picture": (0, 12, 213, 84)}), source.path, tmp_path / "clip.mp4", BARS, source.pts
    )
    assert (made.width, made.height) == (212, 72)


def test_the_default_cuts_nothing_off(film_spec: Any, film: Any, tmp_path: Path) -> None:
    source = film(film_spec(frames=6, luma=barred))
    plan = source.plan((0, 6)).model_copy(update={"picture": (0, 12, 160, 84)})
    made = make_clip(plan, source.path, tmp_path / "clip.mp4", EncodeSettings(), source.pts)
    assert (made.width, made.height, made.crop) == (160, 96, (0, 0, 160, 96))
