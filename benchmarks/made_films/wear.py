"""What happens to a film's frames on their way: repeats and drops, bars, compression."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_films.camera_path import VIEW
from benchmarks.made_films.scenery import Dice

Frame = NDArray[np.float32]
BLOCK = 6


def shown_at(dice: Dice, count: int) -> NDArray[np.int64]:
    """Which of ``count`` frames is shown, at each frame of the film: all, each twice, every fourth twice, some twice,
    or some left out."""
    every = np.arange(count)
    way = dice.choice(["all", "all", "all", "all", "twice", "pulldown", "some", "drops", "half"])
    if way == "twice":
        return np.repeat(every, 2)
    if way == "pulldown":
        return np.repeat(every, np.where(every % 4 == 3, 2, 1))
    if way == "some":
        return np.repeat(every, 1 + (dice.random(count) < 0.08))
    if way == "drops":
        return every[dice.random(count) > 0.12]
    return every[::2] if way == "half" and count > 60 else every


def worn(dice: Dice, frames: Sequence[Frame]) -> list[Frame]:
    """Frames with bars around them and as a sparing encoder leaves them, by the film's chance."""
    film = [_barred(frame, _bars_of(bars)) for bars in [dice.random(3)] for frame in frames]
    return _compressed(film, dice) if dice.random() < 0.5 else film


def _bars_of(chances: NDArray[np.float64]) -> tuple[int, int]:
    """Rows and columns of black on each side."""
    rows = round(4 + 6 * chances[2]) if chances[0] < 0.15 else 0
    columns = round(6 + 10 * chances[2]) if chances[1] < 0.05 else 0
    return rows, columns


def _barred(frame: Frame, bars: tuple[int, int]) -> Frame:
    rows, columns = bars
    if rows:
        frame[:rows] = frame[-rows:] = 0
    if columns:
        frame[:, :columns] = frame[:, -columns:] = 0
    return frame


def _compressed(frames: Sequence[Frame], dice: Dice) -> list[Frame]:
    """Blocks that change too little to be worth a bit stay as they were until the next key frame."""
    least = float(np.exp(dice.uniform(np.log(0.5), np.log(5))))
    interval, softness = int(dice.choice([12, 30, 48, 250])), float(dice.choice([0.0, 0.4, 0.8]))
    shown: list[Frame] = []
    for number, frame in enumerate(frames):
        soft = cv2.GaussianBlur(frame, (0, 0), softness) if softness else frame
        if number % interval == 0 or not shown:
            shown.append(soft)
            continue
        away = np.abs(soft - shown[-1]).mean(axis=2).reshape(VIEW[1] // BLOCK, BLOCK, VIEW[0] // BLOCK, BLOCK)
        changed = np.kron(away.mean(axis=(1, 3)) > least, np.ones((BLOCK, BLOCK), bool))
        shown.append(np.where(changed[:, :, None], soft, shown[-1]).astype(np.float32))
    return shown
