"""Films to develop shot detection on, of looks that neither half of the frozen sets has (``development_palette.py``),
rougher than those, and kept as the small frames that a detector sees.

    python -m benchmarks.development_set FOLDER [--look views|plates|salon] [--joined 15] [--single 120]

``joined`` films of every family and palette, with transitions; ``single`` films of one shot per palette: flashes,
strobes, whip pans, racing zooms, shaking cameras, things that pass close to the lens; of ``salon``, the photographs of which
nothing was learned from, as many more that are no rougher than those of the frozen set. The plans are pinned by ``PLANS_SHA256``.

Unlike those of the frozen halves, faults in these films may be looked at.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.development_palette import add_palettes
from benchmarks.photograph_palettes import add_photograph_palettes
from benchmarks.shot_scoring import Gap
from benchmarks.single_shot_set import single_shot_plan
from operators.decode import decode_film
from operators.frame_scaler import FOR_MEASURING, FrameScaler
from operators.sample_films.families import FAMILIES, Family
from operators.sample_films.palettes import PALETTES
from operators.sample_films.plans import Colour, EdgePlan, FilmPlan, FlashPlan, Half, ShotPlan, SpritePlan
from operators.sample_films.random_film import random_film
from operators.sample_films.render import film_name, render_film
from operators.sample_films.truth import FilmTruth

LOOKS: tuple[Half, ...] = ("views", "plates", "salon")
SIZE = 192, 108
PLANS_SHA256 = {
    "views": "2ccf06c4a48e157c896467b88f16ca1f97c272bc29cca9532f797208644be5eb",
    "plates": "3b6fcdcabfa90caca5c80cbf6b8d2ec34173abdebc3ce581a231c0b91e3b05fb",
    "salon": "34946e05cb18b32e32b5b18b3b375f59708ff3b31854977e8e1f329dc3884733",
}
COLOURS: tuple[Colour, ...] = (
    (200, 40, 60),
    (250, 250, 245),
    (12, 12, 16),
    (40, 110, 190),
    (120, 170, 60),
    (150, 90, 60),
)

ROUGH: dict[str, Family] = {
    "joined-plain": FAMILIES["plain"],
    "joined-gradual": replace(FAMILIES["gradual"], join_length=(2, 60)),
    "joined-restless": replace(
        FAMILIES["restless"],
        joins=(("cut", 4), ("dissolve", 2), ("fade", 1), ("wipe", 3)),
        join_length=(3, 40),
        speed=9.0,
    ),
    "joined-dark": replace(FAMILIES["dark"], joins=(("cut", 4), ("dissolve", 3), ("fade", 1), ("wipe", 2))),
    "joined-alike": replace(FAMILIES["alike"], joins=(("cut", 4), ("dissolve", 4), ("wipe", 2)), join_length=(4, 50)),
    "joined-short": FAMILIES["short"],
    "joined-rates": FAMILIES["rates"],
    "single": replace(
        FAMILIES["unbroken"], rates=("24/1", "25/1", "30/1", "30/1", "60/1", "12/1"), speed=12.0, whips=0.3, layers=0.6
    ),
}


@dataclass(frozen=True)
class StoredFilm:
    """``small``: ``(N, 27, 48, 3) uint8 RGB``. ``truth``: its gaps; head and tail fades stand in ``edges``."""

    name: str
    small: NDArray[np.uint8]
    fps: float
    truth: tuple[Gap, ...]
    edges: tuple[Gap, ...]


@dataclass(frozen=True)
class Amounts:
    """``joined`` films of every family and palette, ``single`` rough ones of one shot and ``even`` ones of every palette, and the
    seeds of the first."""

    joined: int = 15
    single: int = 120
    even: int = 0
    first_joined: int = 7000
    first_single: int = 8000
    first_even: int = 9000


def rough_plans(looks: Sequence[Half], amounts: Amounts) -> list[FilmPlan]:
    """Films of the palettes in turns, those with joins first. The palettes must have been added."""
    FAMILIES.update(ROUGH)
    families = [name for name in ROUGH if name != "single"]
    joined = [
        random_film(amounts.first_joined + number, look, family, SIZE)
        for number in range(amounts.joined)
        for family in families
        for look in looks
    ]
    single = [_single(amounts.first_single + number, look) for number in range(amounts.single) for look in looks]
    return (
        joined + single + [_even(amounts.first_even + number, look) for number in range(amounts.even) for look in looks]
    )


def _even(seed: int, look: Half) -> FilmPlan:
    plan = single_shot_plan(seed, look)
    return replace(plan, name=plan.name.removeprefix("single-"))


def _single(seed: int, look: Half) -> FilmPlan:
    """Every shot is rough in one or two ways."""
    plan = random_film(seed, look, "single", SIZE)
    dice = random.Random(f"rough {look} {seed}")
    (shot,) = plan.shots
    passers = [_passer_by(dice, look, shot.frames) for _ in range(dice.choice((0, 0, 1, 2, 3, 5)))]
    shot = _raced(dice, replace(shot, sprites=tuple(passers), flashes=_flashes(dice, shot.frames)))
    return replace(plan, shots=(shot,), head=EdgePlan(), tail=EdgePlan())


def _raced(dice: random.Random, shot: ShotPlan) -> ShotPlan:
    """Some cameras whip farther, zoom faster or shake harder than any of the frozen sets."""
    camera, way = shot.camera, dice.choice(("as it is", "whip", "zoom", "shake"))
    if way == "whip":
        at = dice.randint(4, shot.frames - 20)
        pixels = dice.choice((-1, 1)) * dice.uniform(60, 500)
        camera = replace(camera, whip=round(pixels, 3), whip_at=at, whip_frames=dice.randint(3, 14))
    elif way == "zoom":
        camera = replace(camera, zoom=round(dice.choice((-1, 1)) * dice.uniform(0.004, 0.03), 5))
    elif way == "shake":
        camera = replace(camera, kind="handheld", shake=round(dice.uniform(4, 18), 3))
    return replace(shot, camera=camera)


def _passer_by(dice: random.Random, look: Half, frames: int) -> SpritePlan:
    """Crosses the middle of the picture at some time, in 4 to 60 frames; every second is larger than the picture."""
    size = dice.uniform(0.9, 3.0) if dice.random() < 0.5 else dice.uniform(0.1, 0.6)
    step = dice.choice((-1, 1)) * SIZE[0] * (1 + size / 2) / dice.uniform(4, 60)
    return SpritePlan(
        shape=dice.choice(PALETTES[look].sprites),
        colour=dice.choice(COLOURS),
        size=round(size, 3),
        x=round(0.5 - step * dice.uniform(0, frames) / SIZE[0], 3),
        y=round(dice.uniform(0.2, 0.8), 3),
        dx=round(step, 3),
        dy=round(dice.uniform(-2, 2), 3),
        bob=round(dice.uniform(0, 8), 3),
        spin=round(dice.uniform(-6, 6), 3),
    )


def _flashes(dice: random.Random, frames: int) -> tuple[FlashPlan, ...]:
    """None, bursts of up to eight frames, or a strobe over part of the film."""
    kind = dice.choice(("none", "bursts", "strobe"))
    if kind == "bursts":
        return tuple(
            FlashPlan(dice.randint(2, frames - 10), dice.randint(1, 8), round(dice.uniform(0.25, 1.0), 3))
            for _ in range(dice.randint(1, 6))
        )
    if kind == "strobe":
        period, lit, strength = dice.randint(2, 14), dice.randint(1, 4), round(dice.uniform(0.25, 1.0), 3)
        first = dice.randint(2, frames // 2)
        return tuple(FlashPlan(at, min(lit, period - 1), strength) for at in range(first, frames - 6, period))
    return ()


def stored_films(folder: Path, plans: Iterable[FilmPlan]) -> Iterator[StoredFilm]:
    """The plans' films, rendered, decoded and scaled where they are not in ``folder`` yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for plan in plans:
        stored = folder / f"{plan.name}.npz"
        if not stored.exists():
            film = folder / film_name(plan)
            _store(stored, film, render_film(plan, film))
            film.unlink()
        yield read_film(stored)


def _store(stored: Path, film: Path, truth: FilmTruth) -> None:
    scaler = FrameScaler(FOR_MEASURING)
    small = np.stack([scaler.to_array(frame.picture, 48, 27) for frame in decode_film(film)])
    aside = stored.with_suffix(".part.npz")
    gaps = [(each.kind, *each.frames) for each in truth.transitions]
    edges = [("fade", *each.frames) for each in truth.edges]
    np.savez(
        aside,
        small=small,
        fps=float(Fraction(truth.fps)),
        kinds=np.array([kind for kind, _, _ in [*gaps, *edges]], "U8"),
        frames=np.array([(start, end) for _, start, end in [*gaps, *edges]], np.int64).reshape(-1, 2),
        transitions=len(gaps),
    )
    aside.replace(stored)


def read_film(stored: Path) -> StoredFilm:
    """What ``stored_films`` keeps."""
    with np.load(stored) as film:
        ranges = zip(film["kinds"].tolist(), film["frames"].tolist(), strict=True)
        every = [Gap(kind, *frames) for kind, frames in ranges]
        count = int(film["transitions"])
        return StoredFilm(stored.stem, film["small"], float(film["fps"]), tuple(every[:count]), tuple(every[count:]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Render the films that detectors are developed on.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--look", choices=LOOKS, help="films of one palette alone")
    parser.add_argument("--joined", type=int, default=Amounts.joined, help="films of every family and palette")
    parser.add_argument("--single", type=int, default=Amounts.single, help="films of one shot, of every palette")
    options = parser.parse_args()
    films, frames = 0, 0
    for look in LOOKS if options.look is None else (options.look,):
        for film in development_films(options.folder, look, options.joined, options.single):
            films, frames = films + 1, frames + len(film.small)
    print(f"{films} films, {frames} frames in {options.folder}")


def development_films(folder: Path, look: Half, joined: int, single: int) -> Iterator[StoredFilm]:
    """The films of one palette; downloads or reads its photographs if need be, with what that raises."""
    if look == "salon":
        add_photograph_palettes(folder / "photographs")
    else:
        add_palettes(folder / "photographs", (look,))
    return stored_films(folder, rough_plans((look,), Amounts(joined, single, single if look == "salon" else 0)))


if __name__ == "__main__":
    main()
