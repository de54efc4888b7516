"""Where the camera of a made shot looks: travel, hand, zoom, roll, and whip pans."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.made_films.scenery import PLATE, Dice

VIEW = 96, 54
"""Width and height that shots are drawn at: twice those of a scan's frames."""


@dataclass(frozen=True)
class CameraPath:
    """``x``, ``y``: middle of the view in pixels of the plate; ``scale``: plate pixels per view pixel; ``roll`` in
    radians. Each is a function of time in frames, as coefficients and waves."""

    start: tuple[float, float]
    travel: tuple[float, float]
    scale: float
    zoom: float
    roll: float
    shake: float
    waves: tuple[float, ...]
    whip: tuple[float, float, float]

    def matrix(self, time: float) -> np.ndarray:
        """From view to plate, ``(2, 3)``, for ``cv2.warpAffine`` with ``WARP_INVERSE_MAP``."""
        speed, slow, phase = self.waves
        hand = self.shake * (math.sin(speed * time + phase) + 0.5 * math.sin(2.7 * speed * time))
        x = self.start[0] + self.travel[0] * time + hand
        y = self.start[1] + self.travel[1] * time + self.shake * math.cos(slow * time - phase)
        distance, at, length = self.whip
        part = min(max((time - at) / length, 0.0), 1.0)
        x += distance * part * part * (3 - 2 * part)
        scale = self.scale * math.exp(self.zoom * time)
        turn = self.roll * time + 0.004 * hand
        cosine, sine = scale * math.cos(turn), scale * math.sin(turn)
        left = x - cosine * VIEW[0] / 2 + sine * VIEW[1] / 2
        top = y - sine * VIEW[0] / 2 - cosine * VIEW[1] / 2
        return np.array([[cosine, -sine, left], [sine, cosine, top]])

    def speed(self, time: float) -> float:
        """View pixels a frame."""
        one, other = self.matrix(time - 0.5), self.matrix(time + 0.5)
        middle = np.array([VIEW[0] / 2, VIEW[1] / 2, 1])
        return float(np.abs((other - one) @ middle).sum()) / self.scale


def camera_path(dice: Dice, frames: int, restless: bool) -> CameraPath:
    """Still, slow or fast; a restless one whips, shakes and races."""
    moving = dice.random() < (0.9 if restless else 0.6)
    pace = float(np.exp(dice.normal(0.6 if restless else -0.9, 0.8))) if moving else 0.0
    heading = dice.uniform(0, math.tau)
    shaky = dice.random() < (0.6 if restless else 0.25)
    whips = dice.random() < (0.5 if restless else 0.03)
    length = float(dice.integers(3, 16))
    whip = (float(dice.choice([-1, 1]) * dice.uniform(40, 300)), float(dice.uniform(0, max(1, frames - 6))), length)
    return CameraPath(
        start=(float(dice.uniform(0.2, 0.8) * PLATE[0]), float(dice.uniform(0.2, 0.8) * PLATE[1])),
        travel=(pace * math.cos(heading), 0.6 * pace * math.sin(heading)),
        scale=float(dice.uniform(0.5, 3.5)),
        zoom=float(dice.normal(0, 0.008 if restless else 0.003)) if dice.random() < 0.4 else 0.0,
        roll=float(dice.normal(0, 0.01)) if dice.random() < 0.1 else 0.0,
        shake=float(dice.uniform(0.3, 7 if restless else 2.5)) if shaky else 0.0,
        waves=(float(dice.uniform(0.1, 0.7)), float(dice.uniform(0.1, 0.5)), float(dice.uniform(0, math.tau))),
        whip=whip if whips else (0.0, 0.0, 1.0),
    )
