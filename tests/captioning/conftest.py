"""Clips with a known camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from captioning.protocol import ClipInput
from formats.exact_time import format_rational

Pictures = list[NDArray[np.uint8]]
Mover = Callable[[Sequence[tuple[float, float, float, float]]], Pictures]
RATE = 24


@dataclass(frozen=True)
class ArrayFrame:
    picture: NDArray[np.uint8]

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        return np.asarray(cv2.resize(self.picture, (width, height), interpolation=cv2.INTER_AREA))

    def luma(self, width: int, height: int) -> NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.rgb(width, height), cv2.COLOR_RGB2GRAY))


@dataclass(frozen=True)
class ArrayClip:
    """A clip that is already in memory, as any other reader of clips may be."""

    clip: ClipInput
    shown: Pictures

    def frames(self) -> Iterator[ArrayFrame]:
        yield from map(ArrayFrame, self.shown)

    def pictures(self, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
        for picture in self.shown:
            yield np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def array_clip(pictures: Pictures, shots: tuple[tuple[int, int], ...], fps: Fraction = Fraction(RATE)) -> ArrayClip:
    height, width = pictures[0].shape[:2]
    clip = ClipInput(path=Path("in-memory"), shots=shots, fps=format_rational(fps), width=width, height=height)
    return ArrayClip(clip, pictures)


def write_mp4(path: Path, pictures: Pictures) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "18"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


@pytest.fixture(scope="session")
def as_clip() -> Callable[..., ArrayClip]:
    return array_clip


@pytest.fixture(scope="session")
def two_shots(moved: Mover) -> Pictures:
    """24 frames in which the picture moves right (a pan to the left), then 30 of a dark still one."""
    pan = moved([(0.1 / RATE, 0.0, 0.0, 0.0)] * 23)
    still = [(p[::-1] // 3).astype(np.uint8) for p in moved([(0.0, 0.0, 0.0, 0.0)] * 29)]
    return pan + still


@pytest.fixture(scope="session")
def two_shot_file(two_shots: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "two.mp4"
    write_mp4(path, two_shots)
    return path
