"""One shot as small frames: a plate under a camera, things that cross it, light that changes, words, grain."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_films.camera_path import VIEW, CameraPath, camera_path
from benchmarks.made_films.scenery import PLATE, Dice, Picture, leaves, plate, smooth_field, words

BLUR_ABOVE = 2.0
BLUR_STEPS = 4
GRAIN_MARGIN = 64

Lights = NDArray[np.float32]


@cache
def _grain_plate() -> Lights:
    """``(H, W, 3)`` of unit noise, larger than a view, of which each frame takes a part."""
    return np.random.default_rng(3).standard_normal((VIEW[1] + GRAIN_MARGIN, VIEW[0] + GRAIN_MARGIN, 3), np.float32)


@dataclass(frozen=True)
class Thing:
    """A patch of its own texture that crosses the view: ``size`` in view heights, ``start`` and ``step`` in view
    pixels."""

    texture: Picture
    cover: NDArray[np.float32]
    size: float
    start: tuple[float, float]
    step: tuple[float, float]

    def draw(self, frame: NDArray[np.float32], time: float) -> None:
        scale = self.texture.shape[0] / (self.size * VIEW[1])
        x, y = self.start[0] + self.step[0] * time, self.start[1] + self.step[1] * time
        move = np.array([[scale, 0, -scale * x], [0, scale, -scale * y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cover = cv2.warpAffine(self.cover, move, VIEW, flags=flags)[:, :, None]
        if cover.any():
            texture = cv2.warpAffine(self.texture, move, VIEW, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
            frame += cover * (texture - frame)


@dataclass(frozen=True)
class MadeShot:
    """``frames`` are the clean ones; ``at`` answers for any time, also before and after them."""

    frames: int
    plate: Picture
    camera: CameraPath
    things: tuple[Thing, ...]
    lights: tuple[float, ...]
    flash_shape: Lights
    pulse: tuple[float, float]
    title: tuple[Picture, int, int] | None
    hold: int
    grain: float
    seed: int

    def at(self, time: float) -> NDArray[np.float32]:
        """``(54, 96, 3) float32``, 0..255, ``time`` frames after the first clean one."""
        time = float(time // self.hold * self.hold) if self.hold > 1 else time
        steps = BLUR_STEPS if self.camera.speed(time) > BLUR_ABOVE else 1
        frame = np.mean([self._look(time + 0.5 * k / steps) for k in range(steps)], axis=0, dtype=np.float32)
        for thing in self.things:
            thing.draw(frame, time)
        depth, rate = self.pulse
        frame *= np.float32(1 + depth * math.sin(rate * time))
        index = round(time)
        if 0 <= index < self.frames and self.lights[index]:
            frame += np.float32(self.lights[index]) * self.flash_shape * (255 - frame)
        if self.title is not None:
            mask, first, ramp = self.title
            strength = min(max((time - first + 1) / ramp, 0.0), 1.0)
            frame += (np.float32(strength / 255) * mask)[:, :, None] * (240 - frame)
        return np.clip(frame + self.grain * self._noise(time), 0, 255)

    def _noise(self, time: float) -> Lights:
        top, left = np.random.default_rng((self.seed, abs(round(8 * time)))).integers(0, GRAIN_MARGIN, 2)
        return _grain_plate()[top : top + VIEW[1], left : left + VIEW[0]]

    def _look(self, time: float) -> Picture:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        matrix = self.camera.matrix(time)
        return cv2.warpAffine(self.plate, matrix, VIEW, flags=flags, borderMode=cv2.BORDER_REFLECT_101)


def made_shot(dice: Dice, frames: int, restless: bool) -> MadeShot:
    """A shot of a new scene."""
    return MadeShot(
        frames=frames,
        plate=plate(dice),
        camera=camera_path(dice, frames, restless),
        things=tuple(_thing(dice, frames, restless) for _ in range(dice.poisson(1.5 if restless else 0.5))),
        lights=_lights(dice, frames, restless),
        flash_shape=_flash_shape(dice),
        pulse=_pulse(dice, restless),
        title=_title(dice, frames),
        hold=int(dice.choice([1, 1, 1, 1, 1, 1, 1, 1, 2, 3])),
        grain=float(dice.choice([0.0, 0.3, 0.8, 1.5, 3.0])),
        seed=int(dice.integers(1 << 30)),
    )


def same_scene(dice: Dice, shot: MadeShot, frames: int, restless: bool) -> MadeShot:
    """Another look at the scene of ``shot``: elsewhere on its plate, or nearer."""
    return replace(
        made_shot(dice, frames, restless),
        plate=shot.plate if dice.random() < 0.7 else np.ascontiguousarray(shot.plate[:, ::-1]),
        grain=shot.grain,
        hold=shot.hold,
    )


def crowded(dice: Dice, shot: MadeShot) -> MadeShot:
    """The shot with more things that go by, some of one colour."""
    more = tuple(_thing(dice, shot.frames, True) for _ in range(dice.integers(1, 6)))
    plain = tuple(_of_one_colour(dice, thing) if dice.random() < 0.4 else thing for thing in more)
    return replace(shot, things=(*shot.things, *plain))


def _of_one_colour(dice: Dice, thing: Thing) -> Thing:
    texture = np.empty_like(thing.texture)
    texture[:] = dice.integers(0, 256, 3)
    return replace(thing, texture=texture)


def _thing(dice: Dice, frames: int, restless: bool) -> Thing:
    """Every second one of a restless shot is near the lens: larger than the picture, and quick."""
    near = dice.random() < (0.5 if restless else 0.1)
    size = dice.uniform(0.9, 3.5) if near else dice.uniform(0.1, 0.6)
    texture = cv2.resize(plate(dice) if dice.random() < 0.6 else leaves(dice), (96, 54), interpolation=cv2.INTER_AREA)
    field = smooth_field(dice, (96, 54), dice.integers(2, 5))
    across, down = np.meshgrid(np.linspace(-1, 1, 96), np.linspace(-1, 1, 54))
    cover = np.clip(6 * (0.75 - np.hypot(across, down) + 0.4 * field) / dice.uniform(0.3, 3), 0, 1).astype(np.float32)
    cover[[0, -1]] = cover[:, [0, -1]] = 0
    pace = dice.uniform(3, 25) if near else np.exp(dice.normal(0.3, 0.8))
    heading = dice.choice([0.0, math.pi]) + dice.normal(0, 0.4)
    step = pace * math.cos(heading), pace * math.sin(heading)
    meets = dice.uniform(0, frames)
    middle = dice.uniform(-0.3, 0.8, 2) * VIEW
    start = (middle[0] - step[0] * meets, middle[1] - step[1] * meets)
    return Thing(texture, cover, float(size), (float(start[0]), float(start[1])), step)


def _lights(dice: Dice, frames: int, restless: bool) -> tuple[float, ...]:
    """How strongly each frame is flashed: single bursts, strobes, or flicker."""
    lights = np.zeros(frames)
    roll = dice.random() / (0.6 if restless else 0.08)
    if roll < 0.45:
        for _ in range(dice.integers(1, 4)):
            at, length = dice.integers(0, frames), dice.integers(1, 6)
            fall = np.linspace(1, dice.uniform(0.1, 1), length)
            lights[at : at + length] = (dice.uniform(0.15, 1) * fall)[: frames - at]
    elif roll < 0.7:
        period, on = dice.integers(2, 13), dice.integers(1, 4)
        lights[(np.arange(frames) + dice.integers(0, 13)) % period < on] = dice.uniform(0.15, 1)
    elif roll < 1:
        lights = np.abs(dice.normal(0, dice.uniform(0.02, 0.12), frames))
    return tuple(float(light) for light in lights)


def _flash_shape(dice: Dice) -> Lights:
    """Where the light falls: everywhere, or from somewhere."""
    if dice.random() < 0.5:
        return np.ones((VIEW[1], VIEW[0], 1), np.float32)
    field = smooth_field(dice, VIEW, 2)
    return np.clip(0.5 + field, 0.0, 1.0)[:, :, None].astype(np.float32)


def _pulse(dice: Dice, restless: bool) -> tuple[float, float]:
    if dice.random() > (0.4 if restless else 0.12):
        return 0.0, 0.0
    return float(dice.uniform(0.05, 0.5)), float(np.exp(dice.uniform(math.log(0.03), math.log(1.2))))


def _title(dice: Dice, frames: int) -> tuple[Picture, int, int] | None:
    if dice.random() > 0.15:
        return None
    return words(dice, VIEW), int(dice.integers(-10, frames)), int(dice.choice([1, 4, 10, 25]))


def card(dice: Dice, frames: int) -> MadeShot:
    """Words on a plain ground, as titles and credits have them, perhaps rolling."""
    ground = np.empty((PLATE[1], PLATE[0], 3), np.uint8)
    ground[:] = dice.choice([0, 0, 8, 128, 250]) if dice.random() < 0.7 else dice.integers(0, 256, 3)
    mask = words(dice, PLATE)[:, :, None] / 255.0
    written = (ground * (1 - mask) + mask * (255 if ground.mean() < 128 else 0)).astype(np.uint8)
    still = camera_path(dice, frames, False)
    rolling = (0.0, float(dice.choice([0.0, 0.0, 0.7, 1.5])))
    centred = replace(still, start=(PLATE[0] / 2, PLATE[1] / 2), travel=rolling, scale=3.5, shake=0.0, roll=0.0)
    return replace(made_shot(dice, frames, False), plate=written, camera=centred, things=(), title=None)
