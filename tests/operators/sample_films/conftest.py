from __future__ import annotations

from pathlib import Path

import pytest

from operators.sample_films.plans import (
    CameraPlan,
    EdgePlan,
    EncodingPlan,
    FilmPlan,
    FlashPlan,
    JoinPlan,
    ShotPlan,
    SpritePlan,
)
from operators.sample_films.render import render_film


@pytest.fixture(scope="session")
def every_join() -> FilmPlan:
    """A small film with every kind of transition, a head and a tail."""
    ball = SpritePlan("ball", (200, 60, 40), 0.3, 0.1, 0.5, 2.0, 0.1)
    return FilmPlan(
        name="every-join",
        half="demo",
        family="demo",
        seed=1,
        width=192,
        height=108,
        rate="24/1",
        head=EdgePlan(3, 5),
        tail=EdgePlan(2, 6),
        letterbox=0.1,
        shots=(
            ShotPlan("temple", 14, 1, camera=CameraPlan("pan", dx=0.7), sprites=(ball,)),
            ShotPlan("coffee", 12, 2, camera=CameraPlan("zoom", zoom=0.004), flashes=(FlashPlan(5, 2, 0.7),)),
            ShotPlan("cat", 13, 3, camera=CameraPlan("static")),
            ShotPlan("flower", 15, 4, camera=CameraPlan("handheld", shake=1.5)),
            ShotPlan("flower", 12, 5, view=0.4, camera=CameraPlan("tilt", dy=-0.5)),
            ShotPlan("rocket", 12, 6, camera=CameraPlan("roll", roll=0.2)),
        ),
        joins=(
            JoinPlan("cut"),
            JoinPlan("dissolve", 7),
            JoinPlan("fade", out=4, hold=3, into=5, colour=(255, 255, 255)),
            JoinPlan("wipe", 6, shape="iris", softness=0.05),
            JoinPlan("wipe", 5, shape="push_left"),
        ),
        encoding=EncodingPlan(quality=8),
    )


@pytest.fixture(scope="session")
def every_join_film(every_join: FilmPlan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "every-join.mp4"
    render_film(every_join, path)
    return path
