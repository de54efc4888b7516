"""One shot as pictures: photograph, camera, layers, sprites, title, light and grain."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from operators.sample_films.camera import Camera, CameraState, frame_to_plate
from operators.sample_films.grades import GRADES, graded
from operators.sample_films.layers import draw_layer
from operators.sample_films.photographs import Picture, load_photograph
from operators.sample_films.plans import ShotPlan
from operators.sample_films.sprites import draw_sprite
from operators.sample_films.titles import draw_title

_BLUR_ABOVE_PIXELS = 5.0
_BLUR_STEPS = 6
_SHUTTER = 0.5
_NOISE_MARGIN = 64


class ShotPicture:
    """Renders one shot at any time, in any order. ``size`` is ``(width, height)``."""

    def __init__(self, plan: ShotPlan, size: tuple[int, int], grain: float) -> None:
        self._plan, self._size, self._grain = plan, size, grain
        self._camera = Camera(plan.camera, plan.seed)
        self._plate, self._centre = _plate(plan, size)

    def at(self, time: float) -> Picture:
        """``(H, W, 3) uint8, RGB``, ``time`` frames after the shot's first clean frame."""
        state = self._camera.at(time)
        frame = self._view(time, state)
        for layer in self._plan.layers:
            draw_layer(frame, layer, (state.x, state.y), time)
        for sprite in self._plan.sprites:
            draw_sprite(frame, sprite, time)
        if self._plan.title is not None:
            draw_title(frame, self._plan.title, time)
        self._flash(frame, time)
        if self._grain:
            _add_grain(frame, self._grain, self._plan.seed, round(1000 * time))
        return frame

    def _view(self, time: float, state: CameraState) -> Picture:
        if self._camera.speed(time) <= _BLUR_ABOVE_PIXELS:
            return self._look(state)
        steps = [time + _SHUTTER * (step / (_BLUR_STEPS - 1) - 0.5) for step in range(_BLUR_STEPS)]
        total = np.zeros((self._size[1], self._size[0], 3), dtype=np.uint16)
        for step in steps:
            total += self._look(self._camera.at(step))
        return (total // _BLUR_STEPS).astype(np.uint8)

    def _look(self, state: CameraState) -> Picture:
        move = frame_to_plate(state, self._centre, self._size)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        picture = cv2.warpAffine(self._plate, move, self._size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(picture, dtype=np.uint8)

    def _flash(self, frame: Picture, time: float) -> None:
        for flash in self._plan.flashes:
            if flash.at <= round(time) < flash.at + flash.frames:
                strength = flash.strength * (1 - 0.5 * (round(time) - flash.at) / flash.frames)
                cv2.addWeighted(frame, 1 - strength, np.full_like(frame, 255), strength, 0, dst=frame)


@lru_cache(maxsize=6)
def _plate(plan: ShotPlan, size: tuple[int, int]) -> tuple[Picture, tuple[float, float]]:
    """The photograph, scaled so that its pixels are the frame's at time 0, and the point of it in mid-frame."""
    picture = load_photograph(plan.photograph)
    if plan.flip:
        picture = np.ascontiguousarray(picture[:, ::-1])
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height) / plan.view
    target = (max(round(width * scale), 2), max(round(height * scale), 2))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    plate = np.asarray(cv2.resize(picture, target, interpolation=method), dtype=np.uint8)
    if scale > 1:
        soft = cv2.GaussianBlur(plate, (0, 0), 0.8 * scale)
        plate = np.asarray(cv2.addWeighted(plate, 1.5, soft, -0.5, 0), dtype=np.uint8)
    return graded(plate, GRADES[plan.grade], plan.gain), (plan.x * (target[0] - 1), plan.y * (target[1] - 1))


def _add_grain(frame: Picture, sigma: float, seed: int, tick: int) -> None:
    height, width = frame.shape[:2]
    plate = _grain_plate(width + _NOISE_MARGIN, height + _NOISE_MARGIN, sigma)
    scrambled = (tick * 2654435761 + seed * 40503 + 97) & 0xFFFFFFFF
    scrambled ^= scrambled >> 15
    x, y = scrambled % _NOISE_MARGIN, (scrambled // _NOISE_MARGIN) % _NOISE_MARGIN
    cv2.addWeighted(frame, 1.0, plate[y : y + height, x : x + width], 1.0, -128, dst=frame)


@lru_cache(maxsize=4)
def _grain_plate(width: int, height: int, sigma: float) -> Picture:
    noise = np.random.default_rng(20).normal(0.0, sigma, (height, width, 1))
    tint = np.random.default_rng(21).normal(0.0, 0.35 * sigma, (height, width, 3))
    return np.clip(np.rint(128 + noise + tint), 0, 255).astype(np.uint8)
