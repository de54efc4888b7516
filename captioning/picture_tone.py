"""How bright, how contrasty and of what colours a run of pictures is, gathered picture by picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SAMPLE_STEP = 4
_HUES = (
    (10, "red"),
    (22, "orange"),
    (33, "yellow"),
    (82, "green"),
    (98, "cyan"),
    (130, "blue"),
    (150, "purple"),
    (170, "pink"),
    (180, "red"),
)
"""Upper bounds in OpenCV's hue, degrees / 2."""

_COLOURS = ("black", "white", "grey", "brown", *dict.fromkeys(name for _, name in _HUES))
_BLACK_BELOW = 40
_GREY_BELOW_SATURATION = 45
_WHITE_FROM = 205
_BROWN_BELOW = 150

LOW_CONTRAST = 0.12
HIGH_CONTRAST = 0.28
"""Standard deviation of grey (0 to 1) below and from which a shot is called one of low or of high contrast."""


@dataclass(frozen=True)
class Tone:
    """``brightness``: mean grey, ``contrast``: mean over pictures of the standard deviation of grey; both of 0 to 1.

    ``colours``: names with at least a fifth of the picture, at most two, the largest first; always at least one.
    """

    brightness: float
    contrast: float
    colours: tuple[str, ...]


class ToneMeter:
    """Fed the pictures of one shot; holds sums only."""

    def __init__(self) -> None:
        self._pictures = 0
        self._brightness = 0.0
        self._contrast = 0.0
        self._colours = np.zeros(len(_COLOURS), dtype=np.int64)

    def see(self, rgb: NDArray[np.uint8]) -> None:
        """``(H, W, 3) uint8 RGB``; every fourth pixel on every fourth line is looked at."""
        sample = np.ascontiguousarray(rgb[_SAMPLE_STEP // 2 :: _SAMPLE_STEP, _SAMPLE_STEP // 2 :: _SAMPLE_STEP])
        if sample.size == 0:
            sample = rgb
        mean, spread = cv2.meanStdDev(cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY))
        self._pictures += 1
        self._brightness += float(mean[0, 0]) / 255
        self._contrast += float(spread[0, 0]) / 255
        self._colours += np.bincount(_colour_numbers(sample), minlength=len(_COLOURS))

    def tone(self) -> Tone:
        """Raises ``ValueError`` when nothing was seen."""
        if not self._pictures:
            raise ValueError("no picture was seen")
        order = np.argsort(-self._colours, kind="stable")
        share = self._colours / self._colours.sum()
        names = [_COLOURS[i] for rank, i in enumerate(order[:2]) if rank == 0 or share[i] >= 0.2]
        return Tone(self._brightness / self._pictures, self._contrast / self._pictures, tuple(names))


def _colour_table() -> NDArray[np.uint8]:
    """Colour number for every hue and for brown/orange, looked up by hue."""
    table = np.zeros(256, dtype=np.uint8)
    low = 0
    for high, name in _HUES:
        table[low:high] = _COLOURS.index(name)
        low = high
    return table


_BY_HUE = _colour_table()


def _colour_numbers(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV).reshape(-1, 3)
    hue, saturation, value = hsv[:, 0], hsv[:, 1], hsv[:, 2]
    numbers = _BY_HUE[hue]
    brown = (hue >= 5) & (hue < 22) & (value < _BROWN_BELOW)
    grey = saturation < _GREY_BELOW_SATURATION
    conditions = [value < _BLACK_BELOW, grey & (value >= _WHITE_FROM), grey, brown]
    return np.asarray(np.select(conditions, [np.uint8(i) for i in range(4)], numbers), dtype=np.uint8)


def brightness_word(brightness: float) -> str:
    for below, word in ((0.08, "very dark"), (0.25, "dark"), (0.55, "moderately bright"), (0.8, "bright")):
        if brightness < below:
            return word
    return "very bright"
