"""Where the virtual camera looks at a given time, as an affine map from frame to photograph."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from operators.sample_films.plans import CameraPlan

WEAVE_PIXELS = 0.12
"""Every shot sways by this much, as film in a gate does, so that frames differ also under a static camera."""


@dataclass(frozen=True)
class CameraState:
    """The view's shift from frame 0 in pixels, the picture's magnification, and the roll in radians."""

    x: float
    y: float
    zoom: float
    roll: float


class Camera:
    """One shot's camera: ``at(time)`` for any time, also before the shot's first frame and after its last."""

    def __init__(self, plan: CameraPlan, seed: int) -> None:
        self._plan = plan
        dice = random.Random(f"camera {seed}")
        self._waves = [
            [(dice.uniform(0.05, 0.12), dice.random()), (dice.uniform(0.15, 0.3), dice.random())] for _ in range(3)
        ]
        self._weave = (dice.uniform(0.9, 1.7), dice.uniform(0.9, 1.7), dice.random())

    def at(self, time: float) -> CameraState:
        plan = self._plan
        weave_x, weave_y, phase = self._weave
        x = plan.dx * time + WEAVE_PIXELS * math.sin(weave_x * time + phase) + plan.whip * self._whip(time)
        y = plan.dy * time + WEAVE_PIXELS * math.sin(weave_y * time + 2 * phase)
        if plan.shake:
            x += plan.shake * self._wave(0, time)
            y += plan.shake * self._wave(1, time)
        roll = plan.roll * time + 0.08 * plan.shake * self._wave(2, time)
        return CameraState(x, y, math.exp(plan.zoom * time), math.radians(roll))

    def speed(self, time: float) -> float:
        """Pixels per frame, of the shift alone."""
        before, after = self.at(time - 0.5), self.at(time + 0.5)
        return math.hypot(after.x - before.x, after.y - before.y)

    def _whip(self, time: float) -> float:
        part = min(max((time - self._plan.whip_at) / self._plan.whip_frames, 0.0), 1.0)
        return part * part * (3 - 2 * part)

    def _wave(self, axis: int, time: float) -> float:
        (slow, slow_phase), (fast, fast_phase) = self._waves[axis]
        return math.sin(slow * time + math.tau * slow_phase) + 0.35 * math.sin(fast * time + math.tau * fast_phase)


def frame_to_plate(state: CameraState, centre: tuple[float, float], size: tuple[int, int]) -> NDArray[np.float64]:
    """The 2x3 map from frame to plate pixels; ``centre`` is the plate point in mid-frame at time 0, ``size`` (W, H)."""
    cos, sin = math.cos(state.roll) / state.zoom, math.sin(state.roll) / state.zoom
    middle_x, middle_y = (size[0] - 1) / 2, (size[1] - 1) / 2
    x, y = centre[0] + state.x, centre[1] + state.y
    return np.array(
        [[cos, -sin, x - cos * middle_x + sin * middle_y], [sin, cos, y - sin * middle_x - cos * middle_y]],
        dtype=np.float64,
    )
