"""Colour grades: how one photograph becomes several looks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from operators.sample_films.photographs import Picture


@dataclass(frozen=True)
class Grade:
    """Per channel ``255 * (lift + gain * (v / 255) ** gamma)``, after ``saturation`` (1 leaves colours alone)."""

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    lift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gamma: float = 1.0
    saturation: float = 1.0


GRADES: dict[str, Grade] = {
    "neutral": Grade(),
    "golden": Grade(gain=(1.08, 0.98, 0.80), lift=(0.02, 0.01, 0.0), gamma=1.05, saturation=0.95),
    "steel": Grade(gain=(0.86, 0.96, 1.06), lift=(0.0, 0.01, 0.03), gamma=1.1, saturation=0.75),
    "teal": Grade(gain=(1.04, 0.98, 0.90), lift=(0.0, 0.03, 0.05), gamma=1.15, saturation=1.05),
    "dusk": Grade(gain=(0.85, 0.66, 0.70), lift=(0.03, 0.01, 0.04), gamma=1.25, saturation=0.9),
    "night": Grade(gain=(0.34, 0.42, 0.62), lift=(0.0, 0.005, 0.02), gamma=1.25, saturation=0.6),
    "cellar": Grade(gain=(0.42, 0.36, 0.26), lift=(0.01, 0.005, 0.0), gamma=1.3, saturation=0.8),
    "midnight": Grade(gain=(0.40, 0.50, 0.54), lift=(0.0, 0.015, 0.015), gamma=1.1, saturation=0.4),
    "contrast": Grade(gain=(1.25, 1.27, 1.3), lift=(-0.2, -0.2, -0.19), gamma=1.35, saturation=0.3),
    "silver": Grade(gain=(1.0, 1.0, 1.0), gamma=1.05, saturation=0.0),
    "sepia": Grade(gain=(1.02, 0.9, 0.72), lift=(0.03, 0.02, 0.0), saturation=0.15),
    "bleach": Grade(gain=(0.95, 0.95, 0.93), lift=(0.1, 0.1, 0.1), gamma=0.85, saturation=0.45),
    "postcard": Grade(gain=(1.05, 1.03, 1.0), gamma=0.95, saturation=1.4),
}


def graded(picture: Picture, grade: Grade, brightness: float = 1.0) -> Picture:
    """``(H, W, 3) uint8, RGB``, same size."""
    levels = np.arange(256, dtype=np.float64) / 255
    table = np.empty((256, 1, 3), dtype=np.uint8)
    for channel in range(3):
        curve = grade.lift[channel] + grade.gain[channel] * levels**grade.gamma
        table[:, 0, channel] = np.clip(np.rint(255 * brightness * curve), 0, 255)
    if grade.saturation != 1.0:
        grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        mixed = cv2.addWeighted(picture, grade.saturation, grey, 1 - grade.saturation, 0)
        picture = np.asarray(mixed, dtype=np.uint8)
    return np.asarray(cv2.LUT(picture, table), dtype=np.uint8)
