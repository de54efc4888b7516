"""Keeps a shot's view inside its photograph: slows the camera and moves its start where the picture would end."""

from __future__ import annotations

import math
from dataclasses import replace

from operators.sample_films.photographs import load_photograph
from operators.sample_films.plans import CameraPlan, ShotPlan

_RUN_ON_FRAMES = 24
"""The camera also moves in the transitions around a shot."""


def framed(shot: ShotPlan, size: tuple[int, int]) -> ShotPlan:
    """``shot``, whose ``x``, ``y`` are read as wishes from 0 to 1 within the room that there is; ``size`` (W, H)."""
    before, after = -_RUN_ON_FRAMES, shot.frames + _RUN_ON_FRAMES
    height, width = load_photograph(shot.photograph).shape[:2]
    scale = max(size[0] / width, size[1] / height) / shot.view
    window = _window(shot.camera, size, before, after)
    room = (scale * width - window[0], scale * height - window[1])
    time = after - before
    wanted = (abs(shot.camera.dx) * time + abs(shot.camera.whip), abs(shot.camera.dy) * time)
    slow_x, slow_y = _share(room[0], wanted[0]), _share(room[1], wanted[1])
    camera = replace(
        shot.camera,
        dx=_rounded(shot.camera.dx * slow_x),
        dy=_rounded(shot.camera.dy * slow_y),
        whip=_rounded(shot.camera.whip * slow_x),
    )
    x = _start(shot.x, room[0], window[0], camera.dx * before, camera.dx * after + camera.whip, scale * width)
    y = _start(shot.y, room[1], window[1], camera.dy * before, camera.dy * after, scale * height)
    return replace(shot, camera=camera, x=x, y=y)


def centre_at(shot: ShotPlan, size: tuple[int, int], time: float) -> tuple[float, float]:
    """The point of the photograph in mid-frame at ``time``, as fractions of its sides; the hand's shake is left out."""
    height, width = load_photograph(shot.photograph).shape[:2]
    scale = max(size[0] / width, size[1] / height) / shot.view
    whip = shot.camera.whip if time >= shot.camera.whip_at + shot.camera.whip_frames else 0.0
    x = shot.x + (shot.camera.dx * time + whip) / (scale * width)
    return x, shot.y + shot.camera.dy * time / (scale * height)


def _window(camera: CameraPlan, size: tuple[int, int], before: int, after: int) -> tuple[float, float]:
    """How much the camera sees at most, in frame pixels, when it does not travel."""
    smallest = min(math.exp(camera.zoom * before), math.exp(camera.zoom * after))
    turn = math.radians(min(abs(camera.roll) * max(-before, after) + 0.1 * camera.shake, 45.0))
    width = size[0] * math.cos(turn) + size[1] * math.sin(turn)
    height = size[1] * math.cos(turn) + size[0] * math.sin(turn)
    return (width / smallest + 3 * camera.shake, height / smallest + 3 * camera.shake)


def _share(room: float, wanted: float) -> float:
    return min(1.0, max(room, 0.0) / wanted) if wanted else 1.0


def _start(wish: float, room: float, window: float, first: float, last: float, length: float) -> float:
    """The view's centre at frame 0, as a fraction of the photograph's ``length``."""
    low, high = min(first, last, 0.0), max(first, last, 0.0)
    slack = room - (high - low)
    if slack <= 0:
        return _rounded(min(max((length / 2 - (low + high) / 2) / length, 0.0), 1.0))
    return _rounded((window / 2 - low + wish * slack) / length)


def _rounded(value: float) -> float:
    return round(value, 4) + 0.0
