"""A whole film of made shots and joins, as a scan would see it, with what is true of every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_films import joins
from benchmarks.made_films.camera_path import VIEW
from benchmarks.made_films.made_shot import MadeShot, card, crowded, made_shot, same_scene
from benchmarks.made_films.scenery import Dice
from benchmarks.made_films.wear import shown_at, worn
from operators.gradual_network import CLASSES

Frame = NDArray[np.float32]


@dataclass(frozen=True)
class LabelledFrames:
    """``small (N, 27, 48, 3) uint8 RGB``; ``kind (N,)`` as indices into ``CLASSES``; ``cut (N,)``: 1 where a new
    shot begins without a transition."""

    small: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    cut: NDArray[np.uint8]
    fps: float


class _Reel:
    """Frames and what they are, in order."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.kinds: list[int] = []
        self.cuts: list[int] = []

    def add(self, frame: Frame, kind: str, *, cut: bool = False) -> None:
        self.frames.append(frame)
        self.kinds.append(CLASSES.index(kind))
        self.cuts.append(cut)


def made_film(seed: int, chances: tuple[float, float, float, float]) -> LabelledFrames:
    """The film of this seed; ``chances`` of a cut, dissolve, wipe and fade at every join. Equal seeds, equal films."""
    dice = np.random.default_rng((7, seed))
    return _film(dice, _shots(dice, dice.random() < 0.35), chances)


def unbroken_film(seed: int) -> LabelledFrames:
    """One or two long restless shots with things that come near and go by: next to nothing in it is a transition."""
    dice = np.random.default_rng((8, seed))
    shots = [made_shot(dice, int(dice.integers(80, 240)), restless=True) for _ in range(dice.integers(1, 3))]
    return _film(dice, [crowded(dice, shot) for shot in shots], (1.0, 0.0, 0.0, 0.0))


def _film(dice: Dice, shots: Sequence[MadeShot], chances: tuple[float, float, float, float]) -> LabelledFrames:
    reel, since = _Reel(), 0
    _fade_in(reel, dice, shots[0])
    for number, shot in enumerate(shots):
        sudden = number > 0 and since == 0
        for time in range(shot.frames):
            reel.add(shot.at(time), "clean", cut=sudden and time == 0)
        if number + 1 < len(shots):
            kind = str(dice.choice(["cut", "dissolve", "wipe", "fade"], p=np.array(chances) / sum(chances)))
            since = _join(reel, dice, kind, shot, shots[number + 1])
    _fade_out(reel, dice, shots[-1])
    return _finished(reel, dice)


def _shots(dice: Dice, restless: bool) -> list[MadeShot]:
    quick = dice.random() < 0.25
    shots: list[MadeShot] = []
    for _ in range(dice.integers(2, 12 if quick else 7)):
        frames = int(dice.integers(3, 16) if quick else dice.integers(12, 75))
        if shots and dice.random() < 0.4:
            shots.append(same_scene(dice, shots[-1], frames, restless))
        else:
            shots.append(card(dice, frames) if dice.random() < 0.06 else made_shot(dice, frames, restless))
    return shots


def _join(reel: _Reel, dice: Dice, kind: str, one: MadeShot, other: MadeShot) -> int:
    """Adds the transition's own frames and says how many there are."""
    if kind == "cut":
        return 0
    if kind == "fade":
        return _fade(reel, dice, one, other)
    length = min(joins.length_of(dice), one.frames + other.frames)
    blend = joins.dissolve(dice) if kind == "dissolve" else joins.wipe(dice)
    for at, part in enumerate(joins.curve(dice, length)):
        before, after = one.at(one.frames + at), other.at(at - length)
        reel.add(np.clip(blend(before, after, float(part)), 0, 255).astype(np.float32), kind)
    return length


def _fade(reel: _Reel, dice: Dice, one: MadeShot, other: MadeShot) -> int:
    """Through black, white or a colour; each ramp as long as it likes, or absent; then the hold."""
    colour = _colour(dice)
    hold = int(dice.choice([1, 1, 2, 3, 5, 9, 16, 30]))
    out, into = (0 if dice.random() < 0.25 else joins.length_of(dice) for _ in range(2))
    for at, part in enumerate(joins.curve(dice, out)):
        reel.add(_towards(one.at(one.frames + at), colour, part), "fade")
    for _ in range(hold):
        reel.add(_towards(np.zeros((VIEW[1], VIEW[0], 3), np.float32), colour, 1.0), "fade")
    for at, part in enumerate(joins.curve(dice, into)):
        reel.add(_towards(other.at(at - into), colour, 1 - part), "fade")
    return out + hold + into


def _fade_in(reel: _Reel, dice: Dice, shot: MadeShot) -> None:
    if dice.random() < 0.2:
        frames = joins.length_of(dice)
        for _ in range(dice.choice([0, 1, 6, 20])):
            reel.add(np.zeros((VIEW[1], VIEW[0], 3), np.float32), "fade")
        for at, part in enumerate(joins.curve(dice, frames)):
            reel.add(_towards(shot.at(at - frames), np.zeros(3), 1 - part), "fade")


def _fade_out(reel: _Reel, dice: Dice, shot: MadeShot) -> None:
    if dice.random() < 0.2:
        for at, part in enumerate(joins.curve(dice, joins.length_of(dice))):
            reel.add(_towards(shot.at(shot.frames + at), np.zeros(3), part), "fade")
        for _ in range(dice.choice([0, 1, 6, 20])):
            reel.add(np.zeros((VIEW[1], VIEW[0], 3), np.float32), "fade")


def _colour(dice: Dice) -> NDArray[np.float64]:
    roll = dice.random()
    if roll < 0.65:
        return np.full(3, dice.choice([0.0, 0.0, 4.0, 9.0]))
    return np.full(3, dice.uniform(240, 255)) if roll < 0.9 else dice.uniform(0, 255, 3)


def _towards(frame: Frame, colour: NDArray[np.float64], part: float) -> Frame:
    return ((1 - part) * frame + part * colour).astype(np.float32)


def _finished(reel: _Reel, dice: Dice) -> LabelledFrames:
    shown = shown_at(dice, len(reel.frames))
    frames = worn(dice, [reel.frames[at] for at in shown])
    small = np.stack([cv2.resize(frame, (48, 27), interpolation=cv2.INTER_AREA) for frame in frames])
    began = np.cumsum(reel.cuts)[shown]
    cut = np.diff(began, prepend=0) > 0
    kind = np.array(reel.kinds, np.uint8)[shown]
    fps = float(dice.choice([10, 12, 15, 24, 25, 25, 30, 30, 50, 60]))
    return LabelledFrames(np.rint(small).astype(np.uint8), kind, cut.astype(np.uint8), fps)
