"""Which shots there are: a frozen development half and a frozen test half, by other photographs and other dice, and two more
to develop on, of the looks of ``benchmarks/development_palette.py``.

Each shot is one photograph under a sequence of moves, worn and disturbed as its family says. What is tuned is tuned on
``tune``, ``views`` and ``plates``; ``test`` is for figures only. ``PLANS_SHA256`` pins the frozen ones.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np

from captioning.camera_moves import MoveKind
from operators.sample_films.palettes import PALETTES
from operators.sample_films.plans import Half

Family = Literal[
    "plain",
    "eased",
    "combined",
    "whip",
    "slow hand",
    "grain",
    "blurred",
    "dark",
    "low texture",
    "letterbox",
    "compressed",
    "rates",
    "subject",
    "large subject",
    "several subjects",
    "edge subjects",
    "growing subject",
    "followed subject",
    "water",
    "parallax",
]
FAMILIES: tuple[Family, ...] = get_args(Family)
KINDS: tuple[str, ...] = tuple(kind for kind in get_args(MoveKind) if kind != "unknown")
PICTURE_RATES: dict[str, tuple[float, float, float, float]] = {
    "pan_left": (1, 0, 0, 0),
    "pan_right": (-1, 0, 0, 0),
    "tilt_up": (0, 1, 0, 0),
    "tilt_down": (0, -1, 0, 0),
    "zoom_in": (0, 0, 2, 0),
    "zoom_out": (0, 0, -2, 0),
    "roll_anticlockwise": (0, 0, 0, 2),
    "roll_clockwise": (0, 0, 0, -2),
}
"""What the *picture* does per frame width per second of a point at its side: right, down, log zoom, clockwise."""

SEEDS: dict[Half, int] = {"tune": 71, "test": 9203, "views": 4177, "plates": 50821}
FROZEN: tuple[Half, ...] = ("tune", "test")
PLANS_SHA256 = "b742e767079ae249902f99e46624b48c4f9aa46051262ad550774230648ee34b"
_SLOWEST = 0.02
_FASTEST = {"zoom": 0.25, "roll": 0.3}
_SIZES = {"subject": (0.2, 0.35), "large subject": (0.8, 0.92), "followed subject": (0.6, 0.85)}
_LARGEST_GROWN = 0.9


@dataclass(frozen=True)
class Hand:
    """Sines of ``size`` frame widths and ``rate`` turns per second, for right, down and clockwise."""

    waves: tuple[tuple[tuple[float, float, float], ...], ...]


@dataclass(frozen=True)
class Move:
    """``parts``: kinds with their speeds, frame widths per second; ``frames`` half-open; ``soft``: frames of easing."""

    parts: tuple[tuple[str, float], ...]
    frames: tuple[int, int]
    soft: int
    hand: Hand | None


@dataclass(frozen=True)
class Subject:
    """A thing of ``size`` frame heights, at ``place`` in frame widths from the middle at first, ``step`` widths per
    second; it grows by ``growth`` per second and bobs. ``photograph`` is its texture."""

    photograph: str
    size: tuple[float, float]
    place: tuple[float, float]
    step: tuple[float, float]
    growth: float
    bob: float


@dataclass(frozen=True)
class ShotPlan:
    half: Half
    family: Family
    number: int
    photograph: str
    fps: int
    moves: tuple[Move, ...]
    subjects: tuple[Subject, ...]
    scale: float
    grain: float
    light: float
    blur: float
    shutter: float
    bars: float
    crf: int
    water: float
    depths: tuple[float, ...]

    @property
    def frames(self) -> int:
        return self.moves[-1].frames[1]


def camera_plans(half: Half, each: int = 12) -> list[ShotPlan]:
    """The first ``each`` shots of every family; any number of them are the same ones."""
    return [shot_plan(half, family, number) for number in range(each) for family in FAMILIES]


def plans_sha256() -> str:
    """Of the twelve first of every family of both frozen halves."""
    lines = [json.dumps(asdict(plan), sort_keys=True) for half in FROZEN for plan in camera_plans(half)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def shot_plan(half: Half, family: Family, number: int) -> ShotPlan:
    dice = np.random.default_rng([SEEDS[half], FAMILIES.index(family), number])
    photographs = PALETTES[half].photographs
    fps = int(dice.choice([10, 12, 15, 18, 30, 50, 60])) if family == "rates" else int(dice.choice([24, 24, 25, 30]))
    photograph = str(dice.choice(photographs))
    moves = _moves(dice, family, fps)
    return ShotPlan(
        half=half,
        family=family,
        number=number,
        photograph=photograph,
        fps=fps,
        moves=moves,
        subjects=_subjects(dice, family, tuple(p for p in photographs if p != photograph), moves[-1].frames[1] / fps),
        scale=_number(dice, 1.3, 2.2) * (2.5 if family == "low texture" else 1.0),
        grain=_number(dice, 6, 16) if family == "grain" else _number(dice, 0.3, 2.0),
        light=_number(dice, 0.06, 0.2) if family == "dark" else _number(dice, 0.5, 1.0),
        blur=_number(dice, 1.5, 4) if family == "blurred" else 3.0 if family == "low texture" else 0.0,
        shutter=0.9 if family == "blurred" else _number(dice, 0.0, 0.6),
        bars=_number(dice, 0.1, 0.16) if family == "letterbox" else 0.0,
        crf=int(dice.integers(28, 38)) if family in ("compressed", "letterbox") else 0,
        water=_number(dice, 0.3, 0.5) if family == "water" else 0.0,
        depths=tuple(_number(dice, low, low + 0.5) for low in (1.3, 2.0)) if family == "parallax" else (),
    )


def _number(dice: np.random.Generator, low: float, high: float) -> float:
    return round(float(dice.uniform(low, high)), 4)


def _speed(dice: np.random.Generator, low: float, high: float) -> float:
    return round(float(np.exp(dice.uniform(math.log(low), math.log(high)))), 4)


def _moves(dice: np.random.Generator, family: Family, fps: int) -> tuple[Move, ...]:
    moves: list[Move] = []
    before, at = "", 0
    for _ in range(int(dice.integers(1, 4))):
        kind = _kind(dice, family, before)
        length = round(fps * float(dice.uniform(1.2, 3.2)))
        if family == "whip" and kind.startswith(("pan", "tilt")):
            length = round(fps * float(dice.uniform(0.25, 0.5)))
        if kind == "handheld":
            length = max(length, 3 * fps)
        soft = round(fps * float(dice.uniform(0.2, 0.6))) if family == "eased" else 0
        hand = _hand(dice, family == "slow hand") if kind == "handheld" else None
        moves.append(Move(_parts(dice, family, kind), (at, at + length), min(soft, length // 3), hand))
        at, before = at + length, kind
    return tuple(moves)


def _kind(dice: np.random.Generator, family: Family, before: str) -> str:
    if family == "slow hand":
        return str(dice.choice([k for k in ("static", "handheld", "pan_left", "tilt_up") if k != before]))
    if family == "whip" and before in ("", "static"):
        return "static" if before == "" else str(dice.choice(["pan_left", "pan_right", "tilt_up", "tilt_down"]))
    if family == "whip":
        return "static"
    if family == "followed subject":
        return str(dice.choice([k for k in ("pan_left", "pan_right", "tilt_up", "zoom_in") if k != before]))
    still = "subject" in family or family == "water"
    if still and before != "static" and dice.random() < 0.5:
        return "static"
    return str(dice.choice([k for k in KINDS if k != before]))


def _parts(dice: np.random.Generator, family: Family, kind: str) -> tuple[tuple[str, float], ...]:
    if kind in ("static", "handheld"):
        return ()
    if family == "whip":
        return ((kind, _speed(dice, 0.9, 2.2)),)
    speed = _speed(dice, _SLOWEST, _FASTEST.get(kind.split("_")[0], 0.6))
    if family != "combined":
        return ((kind, speed),)
    others = [k for k in PICTURE_RATES if k.split("_")[0] != kind.split("_")[0]]
    other = str(dice.choice(others))
    return ((kind, max(speed, 0.03)), (other, round(max(speed, 0.03) * float(dice.uniform(0.6, 0.95)), 4)))


def _hand(dice: np.random.Generator, slow: bool) -> Hand:
    size = _number(dice, 0.002, 0.008) if slow else _number(dice, 0.004, 0.012)
    low, high = (0.2, 0.5) if slow else (0.9, 2.6)
    waves = []
    for _ in range(3):
        own = [(size / 2, _number(dice, low, high), _number(dice, 0, 1)) for _ in range(3)]
        tremor = [(size * 0.15, _number(dice, 0.7, 1.6), _number(dice, 0, 1))] if slow else []
        waves.append(tuple(own + tremor))
    return Hand(tuple(waves))


def _subjects(
    dice: np.random.Generator, family: Family, photographs: tuple[str, ...], seconds: float
) -> tuple[Subject, ...]:
    def thing(
        size: tuple[float, float], place: tuple[float, float], step: tuple[float, float], growth: float
    ) -> Subject:
        height = _number(dice, *size)
        shape = (height, round(height * float(dice.uniform(0.9, 1.1)), 4))
        return Subject(str(dice.choice(photographs)), shape, place, step, growth, _number(dice, 0.0, 0.012))

    side = float(dice.choice([-1, 1]))
    if family in ("subject", "large subject"):
        speed = _number(dice, 0.04, 0.25)
        return (
            thing(_SIZES[family], (-side * _number(dice, 0.1, 0.35), _number(dice, -0.1, 0.1)), (side * speed, 0.0), 0),
        )
    if family == "several subjects":
        starts = [(_number(dice, -0.45, 0.45), _number(dice, -0.2, 0.2)) for _ in range(4)]
        return tuple(
            thing((0.25, 0.5), at, (_number(dice, -0.25, 0.25), _number(dice, -0.05, 0.05)), 0) for at in starts
        )
    if family == "edge subjects":
        starts = [(-0.45, _number(dice, -0.2, 0.2)), (0.45, _number(dice, -0.2, 0.2))]
        return tuple(thing((0.5, 0.9), at, (0.0, _number(dice, -0.25, 0.25)), 0) for at in starts)
    if family == "growing subject":
        growth = round(math.log(_LARGEST_GROWN / 0.4) / seconds, 4)
        return (thing((0.3, 0.4), (_number(dice, -0.2, 0.2), 0.05), (0.0, 0.0), growth),)
    if family == "followed subject":
        return (thing(_SIZES[family], (_number(dice, -0.1, 0.1), 0.05), (0.0, 0.0), 0),)
    return ()
