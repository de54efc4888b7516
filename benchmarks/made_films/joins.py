"""How one made shot becomes the next: frames of dissolves, wipes and fades of any curve, shape and colour."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_films.camera_path import VIEW
from benchmarks.made_films.masks import arrival
from benchmarks.made_films.scenery import Dice

Frame = NDArray[np.float32]
Blend = Callable[[Frame, Frame, float], Frame]
"""The frame of a transition from the two shots' frames and how far it is, 0..1."""


def length_of(dice: Dice) -> int:
    """2 to 90 frames, short ones as often as long ones."""
    return round(float(np.exp(dice.uniform(np.log(2), np.log(90)))))


def curve(dice: Dice, frames: int) -> NDArray[np.float64]:
    """``(frames,)`` rising strictly between 0 and 1: straight, eased, early, late, or of random steps."""
    part = (np.arange(frames) + 1) / (frames + 1)
    kind = dice.choice(["straight", "straight", "eased", "power", "random"])
    if kind == "eased":
        eased = part * part * (3 - 2 * part)
        return part + dice.uniform(0.3, 1) * (eased - part)
    if kind == "power":
        power = np.exp(dice.uniform(-0.55, 0.55))
        return part**power if dice.random() < 0.5 else 1 - (1 - part) ** power
    if kind == "random":
        steps = 0.3 + np.abs(np.convolve(dice.normal(0, 1, frames + 5), np.ones(5) / 5, "valid"))
        return np.cumsum(steps)[:frames] / steps.sum()
    return part


def dissolve(dice: Dice) -> Blend:
    """Linear, in linear light, led by brightness, or with the sum of both pictures in the middle."""
    kind = dice.choice(["plain", "plain", "plain", "light", "keyed", "sum", "soft"])
    if kind == "light":
        gamma = float(dice.uniform(1.5, 2.6))
        return lambda one, other, part: (
            255 * ((1 - part) * (one / 255) ** gamma + part * (other / 255) ** gamma) ** (1 / gamma)
        )
    if kind == "keyed":
        lead, sign = float(dice.uniform(0.2, 0.8)), float(dice.choice([-1, 1]))
        return lambda one, other, part: one + _keyed(other, part, lead, sign) * (other - one)
    if kind == "sum":
        over = float(dice.uniform(1.05, 1.8))
        return lambda one, other, part: np.clip(min(1, over * (1 - part)) * one + min(1, over * part) * other, 0, 255)
    if kind == "soft":
        return lambda one, other, part: (1 - part) * _blurred(one, part) + part * _blurred(other, 1 - part)
    return lambda one, other, part: (1 - part) * one + part * other


def wipe(dice: Dice) -> Blend:
    """A mask that grows, or pictures that slide, with or without a line between them."""
    if dice.random() < 0.3:
        return _slide(dice)
    when, softness = arrival(dice), float(np.exp(dice.uniform(np.log(0.008), np.log(0.5))))
    line = float(dice.choice([0.0, 0.0, 0.0, 0.02, 0.05]))
    colour = np.float32(dice.choice([0, 255, 255]) if dice.random() < 0.7 else dice.uniform(0, 255))

    def blend(one: Frame, other: Frame, part: float) -> Frame:
        edge = part * (1 + softness + line)
        share = np.clip((edge - line - when) / softness, 0, 1)[:, :, None]
        frame = one + share * (other - one)
        if line:
            frame[np.abs(edge - line / 2 - softness / 2 - when) < line / 2] = colour
        return frame

    return blend


def _slide(dice: Dice) -> Blend:
    """Push, cover, uncover, or a picture that grows out of a point."""
    leaves_by, comes_by = [(1.0, 1.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)][dice.integers(0, 4)]
    way = [(1, 0), (-1, 0), (0, 1), (0, -1)][dice.integers(0, 4)]
    if dice.random() < 0.15:
        return _growing

    def blend(one: Frame, other: Frame, part: float) -> Frame:
        gone = _moved(one, -way[0] * part * leaves_by, -way[1] * part * leaves_by)
        come = _moved(other, way[0] * (1 - part) * comes_by, way[1] * (1 - part) * comes_by)
        return np.where(_reached(way, part), come, gone)

    return blend


def _reached(way: tuple[int, int], part: float) -> NDArray[np.bool_]:
    along = np.linspace(0, 1, VIEW[0])[None, :, None] if way[0] else np.linspace(0, 1, VIEW[1])[:, None, None]
    reached = along >= 1 - part if sum(way) > 0 else along <= part
    return np.broadcast_to(reached, (VIEW[1], VIEW[0], 1))


def _moved(frame: Frame, right: float, down: float) -> Frame:
    move = np.array([[1, 0, right * VIEW[0]], [0, 1, down * VIEW[1]]])
    return cv2.warpAffine(frame, move, VIEW, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _growing(one: Frame, other: Frame, part: float) -> Frame:
    width, height = max(1, round(part * VIEW[0])), max(1, round(part * VIEW[1]))
    left, top = (VIEW[0] - width) // 2, (VIEW[1] - height) // 2
    frame = one.copy()
    frame[top : top + height, left : left + width] = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
    return frame


def _keyed(other: Frame, part: float, lead: float, sign: float) -> Frame:
    key = 0.5 + sign * (other.mean(axis=2, keepdims=True) / 255 - 0.5)
    return np.clip((part * (1 + lead) - lead * key), 0, 1)


def _blurred(frame: Frame, part: float) -> Frame:
    return cv2.GaussianBlur(frame, (0, 0), 0.3 + 4 * part)
