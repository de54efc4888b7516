"""The frozen set of rendered films of one shot each: flashes, strobes, whip pans, shaking cameras, things that fill the
picture and go by. Whatever a detector finds in them is a false alarm.

    python -m benchmarks.single_shot_set FOLDER [--half tune|test] [--limit N]
    shotloom shots --json FOLDER/test > found.jsonl
    python -m benchmarks.single_shot_set FOLDER --found found.jsonl

The plans are pinned by ``PLANS_SHA256``; the halves share no photograph, grade, sprite or layer (``palettes.py``). The
test half lasts more than half an hour.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from benchmarks.shot_set import render_plans
from operators.sample_films.palettes import PALETTES
from operators.sample_films.plans import Colour, EdgePlan, FilmPlan, FlashPlan, Half, SpritePlan
from operators.sample_films.random_film import random_film
from operators.sample_films.truth import read_truth

SEEDS: dict[Half, range] = {"tune": range(3000, 3060), "test": range(4000, 4270)}
PLANS_SHA256 = "9d12193a2a79a0645878b0c882caecd9214a2da4f66f38d481ed27864e751f9c"
SIZE = 192, 108
COLOURS: tuple[Colour, ...] = ((230, 70, 50), (245, 240, 230), (30, 30, 36), (70, 140, 210), (90, 160, 80))


def single_shot_plans(half: Half) -> list[FilmPlan]:
    """The films of one half."""
    return [single_shot_plan(seed, half) for seed in SEEDS[half]]


def single_shot_plan(seed: int, half: Half) -> FilmPlan:
    """A film of one shot of ``half``'s palette, as the set has them."""
    plan = random_film(seed, half, "unbroken", SIZE)
    dice = random.Random(f"single {half} {seed}")
    (shot,) = plan.shots
    sprites = tuple(_passer_by(dice, half, shot.frames) for _ in range(dice.randint(0, 4)))
    shot = replace(shot, sprites=sprites, flashes=_flashes(dice, shot.frames))
    return replace(plan, name=f"single-{plan.name}", shots=(shot,), head=EdgePlan(), tail=EdgePlan())


def _passer_by(dice: random.Random, half: Half, frames: int) -> SpritePlan:
    """Crosses the middle of the picture at some time, in 8 to 60 frames; every third is larger than the picture."""
    size = dice.uniform(0.9, 1.8) if dice.random() < 0.34 else dice.uniform(0.1, 0.5)
    step = dice.choice((-1, 1)) * SIZE[0] / dice.uniform(8, 60)
    return SpritePlan(
        shape=dice.choice(PALETTES[half].sprites),
        colour=dice.choice(COLOURS),
        size=round(size, 3),
        x=round(0.5 - step * dice.uniform(0, frames) / SIZE[0], 3),
        y=round(dice.uniform(0.2, 0.8), 3),
        dx=round(step, 3),
        dy=0.0,
        bob=round(dice.uniform(0, 6), 3),
        spin=round(dice.uniform(-4, 4), 3),
    )


def _flashes(dice: random.Random, frames: int) -> tuple[FlashPlan, ...]:
    """None, a few bursts of light, or a strobe over part of the film."""
    kind = dice.choice(("none", "bursts", "bursts", "strobe"))
    if kind == "bursts":
        return tuple(
            FlashPlan(dice.randint(2, frames - 8), dice.randint(1, 5), round(dice.uniform(0.3, 1.0), 3))
            for _ in range(dice.randint(1, 4))
        )
    if kind == "strobe":
        period, lit, strength = dice.randint(3, 12), dice.randint(1, 2), round(dice.uniform(0.3, 1.0), 3)
        first = dice.randint(2, frames // 2)
        last = min(frames - 4, first + dice.randint(20, 90))
        return tuple(FlashPlan(at, lit, strength) for at in range(first, last, period))
    return ()


@dataclass(frozen=True)
class FalseAlarms:
    """What was found in ``films`` films of one shot each, ``seconds`` long together."""

    films: int
    seconds: float
    found: Counter[str]

    def __str__(self) -> str:
        total = self.found.total()
        by_kind = ", ".join(f"{kind} {count}" for kind, count in sorted(self.found.items())) or "none"
        rate = total / max(self.seconds, 1e-9) * 600
        return (
            f"{self.films} films, {self.seconds / 60:.1f} minutes: {total} false alarms ({by_kind}), "
            f"{rate:.2f} per 10 minutes"
        )


def false_alarms(found: Path) -> FalseAlarms:
    """``found``: one JSON object per film and line, as ``shotloom shots --json`` writes them.

    Raises ``ValueError`` for a film that could not be read: it would pass for one without false alarms.
    """
    films, seconds, kinds = 0, 0.0, Counter[str]()
    for line in found.read_text().splitlines():
        told = json.loads(line)
        if told["error"]:
            raise ValueError(f"{told['path']} was not read: {told['error']}")
        truth = read_truth(Path(told["path"]))
        films += 1
        seconds += truth.end_pts * float(Fraction(truth.time_base))
        kinds.update(each["kind"] for each in told["transitions"])
    return FalseAlarms(films, seconds, kinds)


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the set of single-shot films, or count what was found in it.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=list(SEEDS), default="test")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--found", type=Path, help="count false alarms in this output of `shotloom shots --json`")
    options = parser.parse_args()
    if options.found is not None:
        print(false_alarms(options.found))
        return
    films = render_plans(single_shot_plans(options.half)[: options.limit], options.folder)
    print(f"{len(films)} films in {options.folder}")


if __name__ == "__main__":
    main()
