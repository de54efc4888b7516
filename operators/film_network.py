"""What a network says of a film's frames, where it is asked: windows on a grid that begins with the film."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from operators.picture_models.protocol import Device
    from operators.transnet import Precision, TransNet

Frames = npt.NDArray[np.uint8]
Heads = npt.NDArray[np.float32]
Marks = npt.NDArray[np.bool_]

TRAINED_RATE = 30.0
WINDOW, STEP, PADDING = 100, 50, 25


class FilmNetwork(Protocol):
    """Answers for the frames of one film."""

    def answer(self, frames: Frames, first: int, wanted: Marks, *, last: bool) -> Heads:
        """``frames``: ``(N, 27, 48, 3) uint8 RGB``, those of the film from number ``first`` on, up to its end if
        ``last``. ``wanted``: ``(N,)``.

        ``(N, 2)``: TransNetV2's single-frame and all-frames head, 0..1. NaN where it was not asked: for frames that are
        neither wanted nor in the same step as a wanted one, and for those whose window reaches past ``frames``.
        """
        ...


class NoNetwork:
    """Is never asked."""

    def answer(self, frames: Frames, first: int, wanted: Marks, *, last: bool) -> Heads:
        return not_asked(len(frames))


class TransNetWindows:
    """TransNetV2 reads windows of 100 frames and answers for the middle 50; outside the film its first and last frame
    go on, as the reference pads.

    It sees every n-th frame, so that a film of 60 frames a second moves as those it was trained on; an answer holds for
    the frames up to the next one it saw. The network is loaded when it is first asked. One torch thread.
    """

    def __init__(self, fps: float, precision: Precision, device: Device = "cpu") -> None:
        self._stride = max(1, round(fps / TRAINED_RATE))
        self._precision: Precision = precision
        self._device: Device = device
        self._network: TransNet | None = None

    def answer(self, frames: Frames, first: int, wanted: Marks, *, last: bool) -> Heads:
        heads, length = not_asked(len(frames)), STEP * self._stride
        end = first + len(frames)
        numbers = np.unique((np.flatnonzero(wanted) + first) // length).tolist()
        seen = [number for number in numbers if self._sees(number, first, end, last=last)]
        for number, middle in zip(seen, self._middles(frames, first, seen), strict=True):
            start = number * length
            inside = slice(max(start, first), min(start + length, end))
            heads[inside.start - first : inside.stop - first] = middle[inside.start - start : inside.stop - start]
        return heads

    def _sees(self, number: int, first: int, end: int, *, last: bool) -> bool:
        from_, to = number * STEP - PADDING, number * STEP - PADDING + WINDOW - 1
        return max(from_, 0) * self._stride >= first and (last or to * self._stride < end)

    def _middles(self, frames: Frames, first: int, numbers: Sequence[int]) -> Heads:
        """``(len(numbers), 50 * stride, 2)``: each step's answers."""
        if not numbers:
            return np.zeros((0, STEP * self._stride, 2), np.float32)
        newest = (first + len(frames) - 1) // self._stride
        places = np.array(numbers)[:, None] * STEP - PADDING + np.arange(WINDOW)
        windows = frames[np.clip(places, 0, newest) * self._stride - first]
        return np.repeat(self._loaded().windows(windows), self._stride, axis=1)

    def _loaded(self) -> TransNet:
        if self._network is None:
            import torch

            from operators.transnet import TransNet

            torch.set_num_threads(1)
            self._network = TransNet(self._precision, self._device)
        return self._network


def not_asked(count: int) -> Heads:
    """``(count, 2)`` NaN."""
    return np.full((count, 2), np.nan, np.float32)
