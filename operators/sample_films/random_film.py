"""Random films for tests and benchmarks. A half, a family and a seed give the same plan on every machine.

Whatever is tuned on the films of one half is so measured, on those of the other, on looks that it has not seen.
"""

from __future__ import annotations

import random
from typing import TypeVar

from operators.sample_films.families import FAMILIES
from operators.sample_films.framing import centre_at, framed
from operators.sample_films.palettes import PALETTES
from operators.sample_films.plans import (
    CameraPlan,
    Colour,
    EdgePlan,
    EncodingPlan,
    FilmPlan,
    FlashPlan,
    Half,
    JoinPlan,
    LayerPlan,
    ShotPlan,
    SpritePlan,
    TimingPlan,
    TitlePlan,
)

T = TypeVar("T")


_COLOURS: tuple[Colour, ...] = (
    (214, 60, 48),
    (238, 190, 60),
    (70, 130, 200),
    (60, 150, 90),
    (235, 235, 230),
    (40, 40, 48),
)
LAYER_COLOURS: dict[str, Colour] = {
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
            x, y = centre_at(last, self._size, last.frames)
            apart = abs(shot.x - x) + abs(shot.y - y)
            if apart > 0.3 * min(view, last.view) or max(view, last.view) > 1.5 * min(view, last.view):
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
                "whip",
                shake=0.5,
                whip=dice.choice((-1, 1)) * float(dice.randint(60, 220)),
                whip_at=dice.randint(2, frames - 12),
                whip_frames=length,
            )
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
            colour=LAYER_COLOURS[kind],
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
        return EncodingPlan(codec, container, quality, "superfast", dice.choice((12, 48, 120)), dice.choice((0, 2)))


def _weighted(dice: random.Random, choices: tuple[tuple[T, int], ...]) -> T:
    roll = dice.randrange(sum(weight for _, weight in choices))
    for choice, weight in choices:
        roll -= weight
        if roll < 0:
            return choice
    raise ValueError("no choice has any weight")


def _round(value: float, digits: int = 3) -> float:
    return round(value, digits) + 0.0
