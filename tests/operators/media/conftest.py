"""Small films made on the spot, with every property that a test needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

FilmMaker = Callable[..., Path]


def drawn_frame(index: int, width: int, height: int) -> NDArray[np.uint8]:
    """A picture that no other index has: a ramp that moves, a block that jumps, a little seeded noise."""
    random = np.random.default_rng(index)
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([(x * 2 + index * 5) % 256, (y * 3 + index * 7) % 256, (x + y + index * 11) % 256], axis=-1)
    left, top = int(random.integers(0, width - 16)), int(random.integers(0, height - 16))
    picture[top : top + 16, left : left + 16] = random.integers(0, 256, 3)
    return np.clip(picture + random.integers(-6, 7, picture.shape), 0, 255).astype(np.uint8)


def write_film(
    path: Path,
    *,
    codec: str = "libx264",
    container: str | None = None,
    size: tuple[int, int] = (96, 64),
    pts: Sequence[int] = tuple(range(48)),
    time_base: Fraction = Fraction(1, 24),
    rate: Fraction = Fraction(24),
    options: dict[str, str] | None = None,
    mux_options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    rotation: int | None = None,
    pixels: str = "yuv420p",
) -> Path:
    with av.open(str(path), "w", format=container, options=mux_options or {}) as film:
        stream = film.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.time_base = time_base
        stream.codec_context.thread_count = 1
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for index, instant in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(drawn_frame(index, *size), format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = instant, time_base
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def make_film() -> FilmMaker:
    return write_film


@pytest.fixture(scope="session")
def drawn() -> Callable[..., NDArray[np.uint8]]:
    """What ``make_film`` drew: ``drawn(index, width, height)``."""
    return drawn_frame


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of real films."""
    folder = os.environ.get("SHOTLOOM_MEDIA")
    if not folder:
        pytest.skip("SHOTLOOM_MEDIA does not name the folder of real films")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def plain_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 frames at 24 per second, H.264 with B-frames and a key frame every 12, in MP4."""
    options = {"g": "12", "bf": "2", "x264-params": "scenecut=0"}
    return write_film(tmp_path_factory.mktemp("films") / "plain.mp4", options=options)
