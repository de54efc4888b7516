"""Pictures to look at: dead leaves (shapes that cover one another, with the statistics of photographs), clouds, flat
rooms, cards with words, and the photographs of the tuning half."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from operators.sample_films.palettes import PALETTES
from operators.sample_films.photographs import load_photograph

PLATE = 384, 216
"""Width and height of a plate, of which a shot sees a part."""

Dice = np.random.Generator
Picture = NDArray[np.uint8]


def plate(dice: Dice) -> Picture:
    """``(216, 384, 3) uint8 RGB``, graded at random, a quarter of them dark."""
    kind = dice.choice(["leaves", "leaves", "photograph", "photograph", "clouds", "flat"])
    picture = {"leaves": leaves, "photograph": photograph, "clouds": clouds, "flat": flat}[kind](dice)
    return graded(picture, dice)


def leaves(dice: Dice) -> Picture:
    """Dead leaves: discs, boxes and polygons whose sizes follow a power law (Lee, Mumford, Huang 2001)."""
    width, height = PLATE
    hues = dice.integers(0, 256, (dice.integers(2, 9), 3))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = hues[0]
    smallest = dice.uniform(2, 10)
    radii = np.minimum(smallest / np.sqrt(dice.uniform(0.0005, 1, dice.integers(60, 500))), 0.6 * height)
    for radius in radii:
        colour = tuple(int(c) for c in np.clip(dice.choice(hues) + dice.normal(0, 25, 3), 0, 255))
        centre = (int(dice.integers(0, width)), int(dice.integers(0, height)))
        shape = dice.integers(0, 3)
        if shape == 0:
            axes = (max(1, round(radius)), max(1, round(radius * dice.uniform(0.3, 1))))
            cv2.ellipse(picture, centre, axes, float(dice.uniform(0, 180)), 0, 360, colour, -1)
        else:
            corners = cv2.boxPoints((centre, (2 * radius, 2 * radius * dice.uniform(0.1, 1)), dice.uniform(0, 90)))
            count = 4 if shape == 1 else 3
            cv2.fillPoly(picture, [corners[:count].astype(np.int32)], colour)
    light = 1 + dice.uniform(0, 0.6) * smooth_field(dice, PLATE, dice.integers(2, 6))[:, :, None]
    blur = dice.choice([0.0, 0.7, 1.5, 4.0])
    shaded = np.clip(picture * light, 0, 255).astype(np.uint8)
    return cv2.GaussianBlur(shaded, (0, 0), blur) if blur else shaded


def clouds(dice: Dice) -> Picture:
    """Noise of several scales in each of three mixed channels."""
    steep = dice.uniform(0.4, 0.8)
    layers = [steep**octave * _noise(dice, PLATE, 2**octave * 3) for octave in range(6)]
    picture = np.sum(layers, axis=0) @ (np.eye(3) * 0.3 + dice.uniform(0, 0.5, (3, 3)))
    return np.clip(dice.uniform(60, 190) + dice.uniform(20, 90) * picture, 0, 255).astype(np.uint8)


def flat(dice: Dice) -> Picture:
    """A gradient with few things in it."""
    width, height = PLATE
    ends = dice.integers(0, 256, (2, 3))
    ends[1] = np.clip(ends[0] + dice.normal(0, 40, 3), 0, 255)
    ramp = np.linspace(0, 1, height)[:, None, None] if dice.random() < 0.5 else np.linspace(0, 1, width)[None, :, None]
    picture = np.broadcast_to(ends[0] + ramp * (ends[1] - ends[0]), (height, width, 3)).astype(np.uint8).copy()
    for _ in range(dice.integers(1, 12)):
        colour = tuple(int(c) for c in dice.integers(0, 256, 3))
        centre = (int(dice.integers(0, width)), int(dice.integers(0, height)))
        axes = (int(dice.integers(3, 60)), int(dice.integers(3, 90)))
        cv2.ellipse(picture, centre, axes, float(dice.uniform(0, 180)), 0, 360, colour, -1)
    return cv2.GaussianBlur(picture, (0, 0), dice.uniform(0.5, 3))


def photograph(dice: Dice) -> Picture:
    """Part of a photograph of the tuning half, perhaps mirrored."""
    picture = load_photograph(str(dice.choice(PALETTES["tune"].photographs)))
    height, width = picture.shape[:2]
    share = dice.uniform(0.4, 1.0)
    seen = min(width, height * PLATE[0] / PLATE[1]) * share
    size = int(seen), int(seen * PLATE[1] / PLATE[0])
    x, y = dice.integers(0, width - size[0] + 1), dice.integers(0, height - size[1] + 1)
    part = cv2.resize(picture[y : y + size[1], x : x + size[0]], PLATE, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(part[:, ::-1]) if dice.random() < 0.5 else part


def graded(picture: Picture, dice: Dice) -> Picture:
    """Other brightness, contrast, gamma, tint and saturation."""
    values = (picture.astype(np.float32) / 255) ** np.float32(np.exp(dice.normal(0, 0.35)))
    values = values * (1 + dice.normal(0, 0.1, 3)).astype(np.float32)
    grey = values.mean(axis=2, keepdims=True)
    values = grey + (values - grey) * np.float32(dice.choice([0.0, 0.4, 0.8, 1.0, 1.3]))
    if dice.random() < 0.25:
        values = values * np.float32(dice.uniform(0.08, 0.45))
    values = values * np.float32(dice.uniform(0.5, 1.15)) + np.float32(dice.choice([0.0, 0.0, 0.03, 0.1]))
    return np.clip(255 * values, 0, 255).astype(np.uint8)


def words(dice: Dice, size: tuple[int, int]) -> Picture:
    """``(H, W) uint8`` coverage of lines of lettering."""
    width, height = size
    mask = np.zeros((height, width), np.uint8)
    scale = dice.uniform(0.2, 0.8)
    row = int(dice.uniform(0.15, 0.8) * height)
    for _ in range(dice.integers(1, 5)):
        text = "".join(dice.choice(list("ABCDEGHKLMNORSTU abcdeghiklmnorstu"), dice.integers(3, 22)))
        across = int(dice.uniform(0, 0.5) * width)
        cv2.putText(mask, text, (across, row), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
        row += int(26 * scale) + 1
    return mask


def smooth_field(dice: Dice, size: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """``(H, W)`` of -1..1 that changes smoothly over about ``cells`` cells a side."""
    coarse = dice.uniform(-1, 1, (cells + 1, cells + 1)).astype(np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def _noise(dice: Dice, size: tuple[int, int], cells: int) -> NDArray[np.float32]:
    coarse = dice.normal(0, 1, (cells, cells * 2, 3)).astype(np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
