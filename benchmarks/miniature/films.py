"""Films of photographs under a moving camera, with hard cuts, each film under a light of its own that nothing written tells of."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from operators.sample_films.films import is_rendered
from operators.sample_films.framing import framed
from operators.sample_films.grades import GRADES, Grade
from operators.sample_films.plans import CameraPlan, EncodingPlan, FilmPlan, JoinPlan, ShotPlan
from operators.sample_films.render import film_name, render_film
from operators.sample_films.truth import TrueShot

SCENES = (
    "astronaut", "camera", "cat", "coffee", "coins", "flower", "galaxies", "motorcycle", "retina", "rocket", "temple", "tissue",
)  # fmt: skip
MOVES = ("still", "left", "right", "nearer")
SIZE = 96, 96
RATE = 16
SPEED = 1.5
"""Pixels a frame."""
NEARER = 0.012

Kind = Literal["single", "several"]
FRAMES: dict[Kind, tuple[int, int]] = {"single": (40, 48), "several": (12, 26)}
"""Of a shot, for clips of one shot and of several."""


@dataclass(frozen=True)
class FilmSet:
    """``films`` films of ``shots`` shots each; every ``held_out``-th is for the test."""

    kind: Kind
    films: int
    shots: int
    held_out: int

    def plans(self) -> Iterator[FilmPlan]:
        return (_film(self.kind, number, self.shots) for number in range(self.films))

    def split(self, number: int) -> str:
        return "test" if number % self.held_out == self.held_out - 1 else "train"


def render(films: FilmSet, folder: Path) -> Path:
    """The films in ``folder``, and the list that ``shotloom build`` takes. What is there is not rendered again."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, plan in enumerate(films.plans()):
        path = folder / film_name(plan)
        if not is_rendered(plan, path):
            render_film(plan, path)
        rows.append((path.name, films.split(number)))
    listed = folder / "films.csv"
    with listed.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "split"), *rows])
    return listed


def move_of(shot: TrueShot) -> str:
    """One of ``MOVES``."""
    camera = shot.camera
    if camera.kind == "zoom":
        return "nearer"
    return "still" if camera.kind == "static" else ("left" if camera.dx < 0 else "right")


def _film(kind: Kind, number: int, shots: int) -> FilmPlan:
    dice = random.Random(f"miniature {kind} {number}")
    light = f"miniature-{kind}-{number}"
    GRADES[light] = Grade(gain=(dice.uniform(0.7, 1.25), dice.uniform(0.7, 1.25), dice.uniform(0.7, 1.25)))
    scenes = [dice.choice(SCENES)]
    while len(scenes) < shots:
        scenes.append(dice.choice([scene for scene in SCENES if scene != scenes[-1]]))
    return FilmPlan(
        name=f"{kind}-{number:03d}",
        half="demo",
        family="miniature",
        seed=number,
        width=SIZE[0],
        height=SIZE[1],
        rate=f"{RATE}/1",
        shots=tuple(_shot(scene, light, kind, dice) for scene in scenes),
        joins=tuple(JoinPlan() for _ in scenes[1:]),
        encoding=EncodingPlan(quality=14, keyframes=12),
        grain=1.0,
    )


def _shot(scene: str, light: str, kind: Kind, dice: random.Random) -> ShotPlan:
    shot = ShotPlan(
        photograph=scene,
        frames=dice.randint(*FRAMES[kind]),
        seed=dice.randrange(1 << 30),
        x=dice.uniform(0.3, 0.7),
        y=dice.uniform(0.3, 0.7),
        view=dice.uniform(0.6, 0.75),
        grade=light,
        camera=_camera(dice.choice(MOVES)),
    )
    return framed(shot, SIZE)


def _camera(move: str) -> CameraPlan:
    if move == "nearer":
        return CameraPlan("zoom", zoom=NEARER)
    if move == "still":
        return CameraPlan()
    return CameraPlan("pan", dx=-SPEED if move == "left" else SPEED)
