"""Pictures whose scores are known, as arrays and as decoded frames."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from skimage import data

from operators.decode import DecodedFrame

Picture = NDArray[np.uint8]
RATE = 25


def _photograph(width: int = 512, height: int = 288) -> Picture:
    return np.asarray(cv2.resize(data.astronaut()[:288], (width, height), interpolation=cv2.INTER_AREA))


def _decoded(picture: Picture, index: int = 0, pixels: str = "yuv420p") -> DecodedFrame:
    frame = VideoReformatter().reformat(av.VideoFrame.from_ndarray(picture, format="rgb24"), format=pixels, threads=1)
    return DecodedFrame(index, index, 1, True, False, frame)


@pytest.fixture(scope="session")
def photograph() -> Callable[..., Picture]:
    """``(height, width, 3) uint8 RGB``, sharp, without clipping to speak of."""
    return _photograph


@pytest.fixture(scope="session")
def windows(photograph: Callable[..., Picture]) -> tuple[Picture, ...]:
    """Nine of ``(64, 64) uint8``."""
    grey = cv2.cvtColor(photograph(), cv2.COLOR_RGB2GRAY)
    return tuple(np.asarray(grey[y : y + 64, x : x + 64]) for y in (10, 110, 210) for x in (40, 220, 400))


@pytest.fixture(scope="session")
def decoded() -> Callable[..., DecodedFrame]:
    """Frame ``index`` of a film of 25 frames per second whose ticks are frames."""
    return _decoded


@pytest.fixture(scope="session")
def tick() -> Fraction:
    return Fraction(1, RATE)
