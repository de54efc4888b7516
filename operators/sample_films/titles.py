"""Words on the picture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from operators.sample_films.photographs import Picture
from operators.sample_films.plans import TitlePlan

_FADE_FRAMES = 6


def draw_title(frame: Picture, title: TitlePlan, time: float) -> None:
    """Draws the words, centred, into ``frame`` ``(H, W, 3) uint8``, as strong as they are at ``time``."""
    since, left = time - title.first + 1, title.first + title.frames - time
    strength = min(since, left, _FADE_FRAMES) / _FADE_FRAMES
    if strength <= 0:
        return
    mask, shadow, top = _masks(title, frame.shape[1], frame.shape[0])
    part = frame[top : top + mask.shape[0]]
    dark = cv2.multiply(part, 255 - cv2.convertScaleAbs(shadow, alpha=0.75 * strength), scale=1 / 255)
    words = cv2.convertScaleAbs(mask, alpha=strength)
    part[:] = cv2.add(
        cv2.multiply(dark, 255 - words, scale=1 / 255), cv2.multiply(words, np.full_like(words, 244), scale=1 / 255)
    )


@lru_cache(maxsize=8)
def _masks(title: TitlePlan, width: int, height: int) -> tuple[Picture, Picture, int]:
    """Words and their soft shadow as ``(h, W, 3) uint8`` coverage, and the first row."""
    fine, font = 4, cv2.FONT_HERSHEY_TRIPLEX
    letter = title.size * height * fine
    scale = letter / cv2.getTextSize("H", font, 1.0, 1)[0][1]
    thickness = max(round(letter / 22), 1)
    (text_width, text_height), base = cv2.getTextSize(title.text, font, scale, thickness)
    margin = round(0.6 * letter)
    rows = text_height + base + 2 * margin
    rows -= rows % fine
    canvas = np.zeros((rows, width * fine), dtype=np.uint8)
    place = ((width * fine - text_width) // 2, margin + text_height)
    cv2.putText(canvas, title.text, place, font, scale, 255, thickness, cv2.LINE_AA)
    small = cv2.resize(canvas, (width, rows // fine), interpolation=cv2.INTER_AREA)
    shadow = cv2.convertScaleAbs(cv2.GaussianBlur(small, (0, 0), title.size * height * 0.16), alpha=2.0)
    top = min(max(round(title.y * height - small.shape[0] / 2), 0), height - small.shape[0])
    return _as_rgb(small), _as_rgb(shadow), int(top)


def _as_rgb(grey: cv2.typing.MatLike) -> Picture:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
