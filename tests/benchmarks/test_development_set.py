from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks import development
from benchmarks.development_palette import PLATES, VIEWS, add_palettes
from benchmarks.development_set import PLANS_SHA256, Amounts, StoredFilm, rough_plans, stored_films
from benchmarks.photograph_palettes import add_photograph_palettes
from benchmarks.shot_scoring import Gap
from benchmarks.shot_set import plans_sha256
from operators.sample_films.palettes import PALETTES, Palette
from operators.sample_films.photographs import PHOTOGRAPHS
from operators.sample_films.plans import Half


@pytest.fixture(autouse=True)
def _photographs_of_others() -> Iterator[None]:
    """The looks are added to what the renderer knows; their pictures go with the test's folder."""
    known = dict(PHOTOGRAPHS)
    yield
    PHOTOGRAPHS.clear()
    PHOTOGRAPHS.update(known)


@pytest.mark.parametrize("look", ["views", "plates"])
def test_the_plans_are_the_frozen_ones(look: Half, tmp_path: Path) -> None:
    if look == "views" and not os.environ.get("SHOTLOOM_MEDIA"):
        pytest.skip("SHOTLOOM_MEDIA is not set")
    add_palettes(tmp_path, (look,))
    assert plans_sha256(rough_plans((look,), Amounts())) == PLANS_SHA256[look]


@pytest.mark.slow
def test_the_plans_of_photographs_are_the_frozen_ones(tmp_path: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("Debian's commands are not here")
    try:
        add_photograph_palettes(tmp_path)
    except subprocess.CalledProcessError:
        pytest.skip("the packages of photographs cannot be had here")
    assert plans_sha256(rough_plans(("salon",), Amounts(even=120))) == PLANS_SHA256["salon"]


def test_views_without_panoramas_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTLOOM_MEDIA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="SHOTLOOM_MEDIA"):
        add_palettes(tmp_path / "photographs", ("views",))


@pytest.mark.parametrize("field", ["photographs", "dark_grades", "sprites", "layers", "wipes", "titles"])
def test_no_two_palettes_share_a_look(field: str) -> None:
    palettes: list[Palette] = [PALETTES["tune"], PALETTES["test"], VIEWS, PLATES]
    every = [look for palette in palettes for look in getattr(palette, field) if not look.startswith("push_")]
    assert len(every) == len(set(every))


def test_a_film_is_kept_as_small_frames_with_its_truth_and_not_made_twice(tmp_path: Path) -> None:
    add_palettes(tmp_path / "photographs", ("plates",))
    plans = rough_plans(("plates",), Amounts(joined=1, single=1))
    short, single = next(plan for plan in plans if plan.family == "joined-short"), plans[-1]
    made = list(stored_films(tmp_path, [short, single]))
    again = list(stored_films(tmp_path, [short, single]))
    assert [film.name for film in made] == [short.name, single.name]
    for one, other in zip(made, again, strict=True):
        np.testing.assert_array_equal(one.small, other.small)
        assert (one.truth, one.edges, one.fps) == (other.truth, other.edges, other.fps)
    assert len(made[0].truth) == len(short.joins)
    assert made[0].small.shape[1:] == (27, 48, 3)
    assert made[1].truth == ()
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".npz", ".npz"]


def test_faults_are_told_apart() -> None:
    film = StoredFilm(
        name="made",
        small=np.zeros((200, 27, 48, 3), np.uint8),
        fps=25.0,
        truth=(Gap("cut", 20, 20), Gap("wipe", 50, 70), Gap("dissolve", 100, 120)),
        edges=(),
    )
    found = [Gap("wipe", 55, 70), Gap("dissolve", 98, 119), Gap("cut", 160, 160)]
    assert list(development.faults(film, found)) == [
        "made MISSED cut 20 20",
        "made LEAK wipe 50 70 found wipe 55 70",
        "made FALSE cut 160 160",
    ]
    tally = development.Tally()
    development.add(tally, film, found)
    assert "leaks 2" in str(tally)


def test_what_is_found_in_a_film_of_one_shot_is_a_false_alarm() -> None:
    tally = development.Tally()
    still = StoredFilm("made", np.zeros((600, 27, 48, 3), np.uint8), 10.0, (), ())
    development.add(tally, still, [Gap("cut", 5, 5), Gap("wipe", 50, 60)])
    assert "1.0 minutes: 2 {'cut': 1, 'wipe': 1} in 1 films, 20.0 per 10 minutes" in str(tally)
