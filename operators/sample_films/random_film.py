"""Random films for tests and benchmarks. A half, a family and a seed give the same plan on every machine.

The halves ``tune`` and ``test`` share no photograph, grade, sprite, layer or wipe shape, and of the dissolve curves only the
linear one, which every editing program uses. Whatever is tuned on one half is so measured on looks it has not seen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TypeVar

from operators.sample_films.framing import framed
from operators.sample_films.plans import (
    CameraPlan,
    Colour,
    Curve,
    EdgePlan,
    EncodingPlan,
    FilmPlan,
    FlashPlan,
    Half,
    JoinKind,
    JoinPlan,
    LayerPlan,
    ShotPlan,
    SpritePlan,
    TimingPlan,
    TitlePlan,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Palette:
    """What one half may use."""

    photographs: tuple[str, ...]
    grades: tuple[str, ...]
    dark_grades: tuple[str, ...]
    sprites: tuple[str, ...]
    layers: tuple[str, ...]
    wipes: tuple[str, ...]
    curves: tuple[Curve, ...]
    titles: tuple[str, ...]


PALETTES: dict[Half, Palette] = {
    "tune": Palette(
        photographs=("flower", "cat", "rocket", "motorcycle", "camera", "coins", "grass", "retina"),
        grades=("neutral", "golden", "steel", "silver"),
        dark_grades=("dusk", "night"),
        sprites=("ball", "balloon", "bird"),
        layers=("bokeh", "hills", "snow"),
        wipes=("left", "up", "diagonal", "iris", "barn_doors", "push_left", "push_up"),
        curves=("linear", "smooth"),
        titles=("PART ONE", "The next morning", "Somewhere else"),
    ),
    "test": Palette(
        photographs=("temple", "astronaut", "coffee", "galaxies", "moon", "clock", "gravel", "tissue"),
        grades=("postcard", "teal", "bleach", "sepia"),
        dark_grades=("cellar", "midnight"),
        sprites=("kite", "leaf", "star", "paper_plane"),
        layers=("dust", "fence", "leaves"),
        wipes=("right", "down", "antidiagonal", "clock", "iris_in", "curtain", "blinds", "push_right", "push_down"),
        curves=("linear", "sine", "quick"),
        titles=("CHAPTER TWO", "Ten years later", "Far from home"),
    ),
}


@dataclass(frozen=True)
class Family:
    """What is hard about a film. Chances are per shot or per join; ranges are inclusive, in frames."""

    shots: tuple[int, int] = (5, 8)
    length: tuple[int, int] = (18, 60)
    joins: tuple[tuple[JoinKind, int], ...] = (("cut", 6), ("dissolve", 2), ("fade", 1), ("wipe", 1))
    join_length: tuple[int, int] = (6, 30)
    same_scene: float = 0.5
    rates: tuple[str, ...] = ("24/1", "25/1", "30/1", "24000/1001", "30000/1001")
    timings: tuple[TimingPlan, ...] = (TimingPlan(),)
    speed: float = 2.0
    view: tuple[float, float] = (0.4, 0.9)
    dark: float = 0.1
    sprites: float = 0.35
    big_sprites: float = 0.05
    layers: float = 0.25
    flashes: float = 0.0
    whips: float = 0.0
    handheld: float = 0.15
    titles: float = 0.05
    grain: tuple[float, float] = (1.0, 3.0)
    quality: tuple[int, int] = (18, 26)


FAMILIES: dict[str, Family] = {
    "plain": Family(),
    "gradual": Family(
        length=(24, 60), joins=(("dissolve", 4), ("fade", 3), ("wipe", 3), ("cut", 1)), join_length=(2, 48)
    ),
    "restless": Family(
        speed=7.0,
        view=(0.3, 0.55),
        sprites=0.7,
        big_sprites=0.35,
        layers=0.5,
        flashes=0.35,
        whips=0.25,
        handheld=0.4,
        titles=0.15,
    ),
    "dark": Family(dark=0.85, grain=(2.0, 6.0), quality=(22, 30), same_scene=0.6),
    "alike": Family(same_scene=0.95, joins=(("cut", 8), ("dissolve", 3), ("wipe", 1)), speed=1.2),
    "short": Family(
        shots=(9, 14), length=(4, 20), joins=(("cut", 8), ("dissolve", 1), ("fade", 1)), join_length=(2, 8)
    ),
    "rates": Family(
        rates=("10/1", "12/1", "15/1", "50/1", "60/1", "60000/1001", "30/1"),
        timings=(
            TimingPlan(),
            TimingPlan("drops", 0.12),
            TimingPlan("jitter", 0.25),
            TimingPlan("two_rates", 1.25),
        ),
    ),
}

_COLOURS: tuple[Colour, ...] = (
    (214, 60, 48),
    (238, 190, 60),
    (70, 130, 200),
    (60, 150, 90),
    (235, 235, 230),
    (40, 40, 48),
)
_LAYER_COLOURS: dict[str, Colour] = {
    "bokeh": (255, 225, 170),
    "snow": (250, 250, 255),
    "dust": (255, 240, 210),
    "hills": (34, 44, 40),
    "leaves": (40, 62, 30),
    "fence": (62, 48, 38),
}
_ENCODINGS = (("h264", "mp4", 6), ("h264", "mkv", 2), ("vp9", "webm", 1), ("mpeg4", "avi", 1), ("hevc", "mp4", 1))


def random_film(seed: int, half: Half, family: str = "plain", size: tuple[int, int] = (320, 180)) -> FilmPlan:
    """A plan of ``family`` from ``half``'s palette. Raises ``KeyError`` for an unknown family or half."""
    return _Author(seed, half, family, size).film()


class _Author:
    def __init__(self, seed: int, half: Half, family: str, size: tuple[int, int]) -> None:
        self._seed, self._half, self._name, self._size = seed, half, family, size
        self._palette, self._family = PALETTES[half], FAMILIES[family]
        self._dice = random.Random(f"film {half} {family} {seed}")

    def film(self) -> FilmPlan:
        dice, family = self._dice, self._family
        shots = self._shots(dice.randint(*family.shots))
        joins = tuple(self._join() for _ in shots[1:])
        timing = dice.choice(family.timings)
        return FilmPlan(
            name=f"{self._half}-{self._name}-{self._seed:05d}",
            half=self._half,
            family=self._name,
            seed=self._seed,
            width=self._size[0],
            height=self._size[1],
            rate=dice.choice(family.rates),
            shots=tuple(shots),
            joins=joins,
            head=EdgePlan(dice.choice((0, 0, 6, 12)), dice.choice((0, 8, 16))) if dice.random() < 0.3 else EdgePlan(),
            tail=EdgePlan(dice.choice((0, 4, 12)), dice.choice((0, 8, 20))) if dice.random() < 0.3 else EdgePlan(),
            timing=timing,
            encoding=self._encoding(timing),
            letterbox=dice.choice((0.0, 0.0, 0.0, 0.12)),
            grain=_round(dice.uniform(*family.grain), 1),
        )

    def _shots(self, count: int) -> list[ShotPlan]:
        shots: list[ShotPlan] = []
        for _ in range(count):
            same = bool(shots) and self._dice.random() < self._family.same_scene
            shots.append(self._next_of(shots[-1]) if same else self._first_of(shots))
        return shots

    def _first_of(self, shots: list[ShotPlan]) -> ShotPlan:
        dice, palette, family = self._dice, self._palette, self._family
        others = [name for name in palette.photographs if not shots or name != shots[-1].photograph]
        dark = dice.random() < family.dark
        return self._shot(
            photograph=dice.choice(others),
            view=_round(dice.uniform(*family.view)),
            flip=dice.random() < 0.5,
            grade=dice.choice(palette.dark_grades if dark else palette.grades),
        )

    def _next_of(self, last: ShotPlan) -> ShotPlan:
        """Another framing of the same photograph: nearer, farther or beside, so that it is seen to be another."""
        dice = self._dice
        for _ in range(50):
            view = _round(min(max(last.view * dice.choice((0.5, 0.65, 0.8, 1.0, 1.25, 1.6, 2.0)), 0.3), 0.95))
            shot = self._shot(last.photograph, view, last.flip, last.grade)
            apart = abs(shot.x - last.x) + abs(shot.y - last.y)
            if apart > 0.25 * min(view, last.view) or max(view, last.view) > 1.3 * min(view, last.view):
                return shot
        return self._shot(last.photograph, 0.3 if last.view > 0.6 else 0.95, last.flip, last.grade)

    def _shot(self, photograph: str, view: float, flip: bool, grade: str) -> ShotPlan:
        dice, family = self._dice, self._family
        frames = dice.randint(*family.length)
        shot = ShotPlan(
            photograph=photograph,
            frames=frames,
            seed=dice.randrange(1 << 30),
            x=_round(dice.random()),
            y=_round(dice.random()),
            view=view,
            flip=flip,
            grade=grade,
            gain=_round(dice.uniform(0.85, 1.1)),
            camera=self._camera(frames),
            sprites=tuple(self._sprite() for _ in range(dice.randint(1, 3))) if dice.random() < family.sprites else (),
            layers=(self._layer(),) if dice.random() < family.layers else (),
            flashes=self._flashes(frames),
            title=TitlePlan(dice.choice(self._palette.titles), 4, max(frames - 8, 1))
            if dice.random() < family.titles
            else None,
        )
        return framed(shot, self._size)

    def _camera(self, frames: int) -> CameraPlan:
        dice, family = self._dice, self._family
        if dice.random() < family.whips and frames >= 16:
            length = dice.randint(6, 10)
            return CameraPlan(
                "whip", shake=0.5, whip=dice.choice((-1, 1)) * float(dice.randint(60, 220)), whip_at=dice.randint(2, frames - 12),
                whip_frames=length,
            )  # fmt: skip
        if dice.random() < family.handheld:
            return CameraPlan("handheld", shake=_round(dice.uniform(0.8, 1.0 + family.speed)))
        speed = _round(dice.choice((-1, 1)) * dice.uniform(0.25, family.speed))
        kinds = {
            "static": CameraPlan("static"),
            "pan": CameraPlan("pan", dx=speed),
            "tilt": CameraPlan("tilt", dy=_round(0.6 * speed)),
            "zoom": CameraPlan("zoom", zoom=_round(0.003 * speed, 5)),
            "roll": CameraPlan("roll", roll=_round(0.12 * speed)),
            "drift": CameraPlan(
                "drift", dx=_round(0.5 * speed), dy=_round(0.25 * speed), zoom=_round(0.001 * speed, 5)
            ),
        }
        return kinds[dice.choice(tuple(kinds))]

    def _sprite(self) -> SpritePlan:
        dice, family = self._dice, self._family
        big = dice.random() < family.big_sprites
        direction = dice.choice((-1, 1))
        return SpritePlan(
            shape=dice.choice(self._palette.sprites),
            colour=dice.choice(_COLOURS),
            size=_round(dice.uniform(0.7, 1.3) if big else dice.uniform(0.08, 0.3)),
            x=_round(0.5 - direction * dice.uniform(0.0, 0.8)),
            y=_round(dice.uniform(0.15, 0.85)),
            dx=_round(direction * dice.uniform(1.0, 4.0) * family.speed * (1.5 if big else 0.6)),
            dy=_round(dice.uniform(-0.6, 0.6)),
            bob=_round(dice.uniform(0, 6)),
            spin=_round(dice.uniform(-3, 3)),
        )

    def _layer(self) -> LayerPlan:
        dice, kind = self._dice, self._dice.choice(self._palette.layers)
        falling = kind in ("snow", "dust")
        return LayerPlan(
            kind=kind,
            colour=_LAYER_COLOURS[kind],
            depth=_round(dice.uniform(1.4, 3.0)),
            opacity=_round(dice.uniform(0.6, 1.0)),
            seed=dice.randrange(1 << 30),
            dx=_round(dice.uniform(-0.8, 0.8)),
            dy=_round(dice.uniform(0.5, 2.0)) if falling else 0.0,
        )

    def _flashes(self, frames: int) -> tuple[FlashPlan, ...]:
        dice = self._dice
        if frames < 12 or dice.random() >= self._family.flashes:
            return ()
        length = dice.randint(1, 4)
        return (FlashPlan(dice.randint(3, frames - length - 3), length, _round(dice.uniform(0.35, 0.95))),)

    def _join(self) -> JoinPlan:
        dice, palette, family = self._dice, self._palette, self._family
        kind = _weighted(dice, family.joins)
        frames = dice.randint(*family.join_length)
        if kind == "dissolve":
            return JoinPlan("dissolve", frames, dice.choice(palette.curves))
        if kind == "wipe":
            softness = _round(dice.choice((0.01, 0.02, 0.1, 0.25)))
            return JoinPlan(
                "wipe", max(frames, 4), dice.choice(palette.curves), shape=dice.choice(palette.wipes), softness=softness
            )
        if kind == "fade":
            out, into = dice.choice(((0.5, 0.5), (0.7, 0.3), (1.0, 0.0), (0.3, 0.7)))
            steps = max(frames, 6)
            colour = dice.choice(((0, 0, 0), (0, 0, 0), (0, 0, 0), (255, 255, 255)))
            return JoinPlan(
                "fade",
                out=round(out * steps),
                hold=dice.choice((1, 2, 4, 8, 12)),
                into=round(into * steps),
                colour=colour,
            )
        return JoinPlan("cut")

    def _encoding(self, timing: TimingPlan) -> EncodingPlan:
        dice = self._dice
        choices = tuple(
            ((codec, box), weight) for codec, box, weight in _ENCODINGS if timing.kind == "constant" or box != "avi"
        )
        codec, container = _weighted(dice, choices)
        quality = dice.randint(*self._family.quality)
        if codec == "mpeg4":
            quality = 3 + (quality - 18) // 3
        elif codec == "vp9":
            quality += 8
        return EncodingPlan(codec, container, quality, dice.choice((12, 48, 120)), dice.choice((0, 2)))


def _weighted(dice: random.Random, choices: tuple[tuple[T, int], ...]) -> T:
    roll = dice.randrange(sum(weight for _, weight in choices))
    for choice, weight in choices:
        roll -= weight
        if roll < 0:
            return choice
    raise ValueError("no choice has any weight")


def _round(value: float, digits: int = 3) -> float:
    return round(value, digits) + 0.0
