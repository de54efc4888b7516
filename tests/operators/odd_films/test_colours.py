"""Colours of every kind of source are right, in clips and in measuring, against the standards' own equations."""

from __future__ import annotations

from itertools import product

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from operators.clip_colour import clip_colour, losses
from operators.clip_picture import ClipPicture, luma_plane
from operators.frame_scaler import FOR_MEASURING, FrameScaler
from operators.scores.picture_luma import PictureLuma
from operators.tone_map import eetf, hlg_to_scene, nits_to_pq, pq_to_nits

KR_KB = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
BLOCK = 16
COLOURS = np.array([*product((0.1, 0.4, 0.8), repeat=3), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)])
"""``(N, 3)``: R'G'B' signals. One block of the picture each."""

Colours = NDArray[np.float64]


def to_ycc(colours: Colours, matrix: int) -> Colours:
    """ITU-T H.273, equations 38 to 40."""
    kr, kb = KR_KB[matrix]
    y = colours @ np.array([kr, 1 - kr - kb, kb])
    return np.stack([y, (colours[:, 2] - y) / (2 * (1 - kb)), (colours[:, 0] - y) / (2 * (1 - kr))], axis=1)


def to_rgb(ycc: Colours, matrix: int) -> Colours:
    kr, kb = KR_KB[matrix]
    r, b = ycc[:, 0] + 2 * (1 - kr) * ycc[:, 2], ycc[:, 0] + 2 * (1 - kb) * ycc[:, 1]
    return np.stack([r, (ycc[:, 0] - kr * r - kb * b) / (1 - kr - kb), b], axis=1)


def coded(ycc: Colours, bits: int, full: bool) -> NDArray[np.int64]:
    """H.273, equations 20 to 25."""
    unit, top = 1 << (bits - 8), (1 << bits) - 1
    y = ycc[:, :1] * top if full else (219 * ycc[:, :1] + 16) * unit
    c = ycc[:, 1:] * top + 128 * unit if full else (224 * ycc[:, 1:] + 128) * unit
    return np.clip(np.rint(np.concatenate([y, c], axis=1)), 0, top).astype(np.int64)


def picture(pixels: str, values: NDArray[np.int64], tags: tuple[int, int, int, int]) -> av.VideoFrame:
    """A row of blocks. ``tags``: matrix, primaries, transfer, range."""
    frame = av.VideoFrame(BLOCK * len(values), BLOCK, pixels)
    wide = frame.format.components[0].bits > 8
    for plane, column in zip(frame.planes, values.T, strict=True):
        block = BLOCK * plane.width // frame.width
        row = np.repeat(column, block).astype(np.uint16 if wide else np.uint8)
        padded = np.zeros((plane.height, plane.line_size // row.itemsize), row.dtype)
        padded[:, : len(row)] = row
        plane.update(padded.tobytes())
    frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range = tags
    return frame


def in_clip(frame: av.VideoFrame) -> Colours:
    """R'G'B' of the blocks' middles, as the encoder gets them."""
    colour = clip_colour(frame)
    size = (frame.width, frame.height)
    prepared = ClipPicture(size, colour).prepare(frame)
    planes = [luma_plane(prepared)[BLOCK // 2, BLOCK // 2 :: BLOCK]]
    for plane in prepared.planes[1:]:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        planes.append(rows[BLOCK // 4, BLOCK // 4 : plane.width : BLOCK // 2])
    y, u, v = (plane.astype(float) for plane in planes)
    return to_rgb(np.stack([(y - 16) / 219, (u - 128) / 224, (v - 128) / 224], axis=1), colour.matrix)


def in_measuring(frame: av.VideoFrame) -> Colours:
    seen = FrameScaler(FOR_MEASURING).to_array(frame, frame.width, frame.height)
    return seen[BLOCK // 2, BLOCK // 2 :: BLOCK] / 255


def worst(found: Colours, wanted: Colours) -> float:
    """The largest error, in levels of 255."""
    return float(np.abs(np.clip(found, 0, 1) - np.clip(wanted, 0, 1)).max() * 255)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [1, 5, 6])
@pytest.mark.parametrize(("pixels", "bits"), [("yuv420p", 8), ("yuv444p", 8), ("yuv422p10le", 10), ("yuv420p12le", 12)])
def test_depth_range_and_matrix_of_standard_range(pixels: str, bits: int, matrix: int, full: bool) -> None:
    values = coded(to_ycc(COLOURS, matrix), bits, full)
    frame = picture(pixels, values, (matrix, 1 if matrix == 1 else matrix, 1, 2 if full else 1))
    assert worst(in_measuring(frame), COLOURS) <= 2.1
    assert worst(in_clip(frame), COLOURS) <= 3.1


@pytest.mark.parametrize("pixels", ["gbrp", "gbrp10le", "gbrp12le"])
def test_rgb_pictures_are_full_range_whatever_their_tag(pixels: str) -> None:
    bits = av.VideoFormat(pixels).components[0].bits
    values = np.rint(COLOURS[:, [1, 2, 0]] * ((1 << bits) - 1)).astype(np.int64)
    for tag in (0, 1, 2):
        frame = picture(pixels, values, (0, 1, 1, tag))
        assert worst(in_measuring(frame), COLOURS) <= 1.1
        assert worst(in_clip(frame), COLOURS) <= 2.5


def test_grey_pictures_follow_their_range() -> None:
    greys = np.repeat(np.linspace(0, 1, 8)[:, None], 3, axis=1)
    for (pixels, bits), full in product((("gray", 8), ("gray10le", 10)), (False, True)):
        frame = picture(pixels, coded(to_ycc(greys, 1), bits, full)[:, :1], (2, 2, 2, 2 if full else 1))
        assert worst(in_measuring(frame), greys) <= 1.1
        assert worst(in_clip(frame), greys) <= 1.6


def linear(colours: Colours) -> Colours:
    """BT.709's and BT.2020's transfer, undone as their displays do (BT.1886)."""
    return np.power(np.clip(colours, 0, 1), 2.4)


NARROWED = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
"""ITU-R BT.2407, the matrix from BT.2020 to BT.709."""


@pytest.mark.parametrize("full", [False, True])
def test_wide_gamut_in_standard_range_is_brought_to_bt709_in_clips(full: bool) -> None:
    frame = picture("yuv420p10le", coded(to_ycc(COLOURS, 9), 10, full), (9, 9, 14, 2 if full else 1))
    wanted = np.power(np.clip(linear(COLOURS) @ NARROWED.T, 0, 1), 1 / 2.4)
    inside = ((linear(COLOURS) @ NARROWED.T > 0.001) & (linear(COLOURS) @ NARROWED.T < 1)).all(axis=1)
    assert worst(in_clip(frame)[inside], wanted[inside]) <= 2
    assert worst(in_measuring(frame), COLOURS) <= 2.1
    assert "BT.2020 colours were mapped to BT.709" in losses(frame)


def shown(nits: Colours) -> Colours:
    """``operators/tone_map.py`` in words of its standards, in double precision."""
    nits = np.minimum(nits, 1000)
    brightest = np.maximum(nits.max(axis=1, keepdims=True), 1e-9)
    return np.power(np.clip(nits * eetf(brightest) / brightest / 203 @ NARROWED.T, 0, 1), 1 / 2.4)


@pytest.mark.parametrize("full", [False, True])
def test_pq_is_tone_mapped_alike_in_clips_and_measuring(full: bool) -> None:
    nits = np.array([*product((1.0, 40.0, 400.0), repeat=3), (0, 0, 0), (203, 203, 203), (1000, 1000, 1000)], float)
    nits = np.concatenate([nits, [[4000, 4000, 4000]]])
    signal = nits_to_pq(nits)
    frame = picture("yuv420p10le", coded(to_ycc(signal, 9), 10, full), (9, 9, 16, 2 if full else 1))
    wanted = shown(nits)
    assert worst(in_measuring(frame), wanted) <= 2.5
    assert worst(in_clip(frame), wanted) <= 2.5


def test_hlg_is_tone_mapped_alike_in_clips_and_measuring() -> None:
    scene = hlg_to_scene(COLOURS)
    nits = 1000 * scene * np.power(scene @ np.array([[0.2627], [0.6780], [0.0593]]), 0.2)
    frame = picture("yuv420p10le", coded(to_ycc(COLOURS, 9), 10, False), (9, 9, 18, 1))
    wanted = shown(nits)
    assert worst(in_measuring(frame), wanted) <= 2.5
    assert worst(in_clip(frame), wanted) <= 2.5


def test_the_curves_are_those_of_the_standards() -> None:
    """Values that the standards' texts and tables give."""
    assert nits_to_pq(np.array([100.0, 1000.0, 10000.0])) == pytest.approx([0.5081, 0.7518, 1.0], abs=1e-4)
    assert pq_to_nits(nits_to_pq(np.array([0.005, 1, 203, 4000.0]))) == pytest.approx([0.005, 1, 203, 4000], rel=1e-9)
    assert hlg_to_scene(np.array([0.5, 0.75, 1.0])) == pytest.approx([1 / 12, 0.26496, 1.0], abs=1e-4)
    bent = eetf(np.array([0.1, 50, 87, 203, 400, 1000.0]))
    assert bent[:3] == pytest.approx([0.1, 50, 87], rel=1e-6)
    assert np.all(np.diff(bent) > 0)
    assert bent[-1] == pytest.approx(203)


def test_what_a_picture_loses_is_named() -> None:
    assert losses(av.VideoFrame(64, 48, "yuv420p")) == ()
    assert losses(av.VideoFrame(64, 48, "yuv444p")) == ("chroma was halved to 4:2:0",)
    assert losses(av.VideoFrame(64, 48, "yuva420p")) == ("transparency was left out",)
    assert losses(av.VideoFrame(64, 48, "gray")) == ("full range became limited range",)
    assert losses(av.VideoFrame(64, 48, "yuv410p")) == ()


def test_the_luma_that_scores_are_measured_on_is_tone_mapped_too() -> None:
    nits = np.repeat(np.array([[0.0], [1], [10], [100], [203], [1000]]), 3, axis=1)
    frame = picture("yuv420p10le", coded(to_ycc(nits_to_pq(nits), 9), 10, False), (9, 9, 16, 1))
    seen = PictureLuma(frame).window(0, 0, BLOCK, frame.width)[BLOCK // 2, BLOCK // 2 :: BLOCK]
    assert np.abs(seen / 255 - shown(nits)[:, 0]).max() * 255 <= 2.5
