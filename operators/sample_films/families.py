"""What can be hard about a film, one family for each."""

from __future__ import annotations

from dataclasses import dataclass

from operators.sample_films.plans import JoinKind, TimingPlan


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
    "dark": Family(dark=0.85, grain=(2.0, 4.5), quality=(22, 30), same_scene=0.6),
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
    "unbroken": Family(
        shots=(1, 1),
        length=(120, 240),
        rates=("24/1", "25/1", "30/1", "60/1", "12/1"),
        speed=7.0,
        view=(0.3, 0.6),
        dark=0.2,
        sprites=0.0,
        layers=0.5,
        whips=0.4,
        handheld=0.4,
        titles=0.25,
        grain=(1.0, 4.0),
        quality=(18, 30),
    ),
}
