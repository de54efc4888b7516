"""Shots with a known camera: one photograph, moved by an exact similarity per frame."""

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
from skimage import data

from captioning.protocol import ClipInput
from formats.exact_time import format_rational

Pictures = list[NDArray[np.uint8]]
Step = tuple[float, float, float, float]
RATE = 24


@dataclass(frozen=True)
class ArrayClip:
    """A clip that is already in memory, as any other reader of clips may be."""

    clip: ClipInput
    shown: Pictures

    def pictures(self, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
        for picture in self.shown:
            yield np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def photograph_moved(steps: Sequence[Step], width: int = 384, height: int = 216) -> Pictures:
    """One more picture than steps; a step is right and down in frame widths, log zoom and clockwise radians."""
    photo = data.coffee()
    a, b = 1.6 * width / photo.shape[1] + 0j, 0j
    middle = complex(photo.shape[1], photo.shape[0]) / 2
    pictures: Pictures = []
    for right, down, zoom, clockwise in [*steps, (0.0, 0.0, 0.0, 0.0)]:
        shift = b * width + complex(width, height) / 2 - a * middle
        matrix = np.array([[a.real, -a.imag, shift.real], [a.imag, a.real, shift.imag]])
        seen = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        pictures.append(np.asarray(seen))
        turn = np.exp(zoom + 1j * clockwise)
        a, b = a * turn, b * turn + right + 1j * down
    return pictures


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
def moved() -> Callable[[Sequence[Step]], Pictures]:
    return photograph_moved


@pytest.fixture(scope="session")
def as_clip() -> Callable[..., ArrayClip]:
    return array_clip


@pytest.fixture(scope="session")
def two_shots() -> Pictures:
    """24 frames in which the picture moves right (a pan to the left), then 30 of a dark still one."""
    pan = photograph_moved([(0.1 / RATE, 0.0, 0.0, 0.0)] * 23)
    still = [(p[::-1] // 3).astype(np.uint8) for p in photograph_moved([(0.0, 0.0, 0.0, 0.0)] * 29)]
    return pan + still


@pytest.fixture(scope="session")
def two_shot_file(two_shots: Pictures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "two.mp4"
    write_mp4(path, two_shots)
    return path
