from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.gate import Gated, compare, summary
from benchmarks.scan import Cost, ratio, run_way, table
from benchmarks.scan_films import PIECE_SECONDS, RATE, SIZES, main_plan, repeat
from operators.decode import decode_film
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "short.mp4"
    render_film(random_film(6, "tune", "short", (160, 90)), path)
    return path


def test_ratios_are_taken_within_a_round() -> None:
    costs = {
        "bare": [Cost(1.0, 1.0, 2.0, 100), Cost(10.0, 9.0, 11.0, 100), Cost(2.0, 2.0, 3.0, 100)],
        "none": [Cost(1.5, 1.5, 3.0, 100), Cost(15.0, 18.0, 16.0, 100), Cost(4.0, 4.0, 5.0, 100)],
        "peers": [Cost(8.0, 12.0, 12.0, 0), Cost(80.0, 64.0, 64.0, 0), Cost(20.0, 20.0, 20.0, 0)],
    }
    assert ratio(costs, "none", "bare", "work") == 1.5
    assert ratio(costs, "none", "peers", "whole") == 0.25
    assert table(costs).splitlines()[2].split() == ["none", "4.00", "4.00", "5.00", "1.50", "2.00", "0.188", "0.250"]


@pytest.mark.parametrize("way", ["bare", "none"])
def test_each_way_reads_every_frame_of_the_film(film: Path, way: str) -> None:
    cost = run_way(way, film, 1)
    assert cost.frames == compare(film).frames
    assert min(cost.work, cost.cpu) > 0
    assert cost.cpu < cost.whole


def test_the_piece_has_fifteen_boundaries_a_minute_with_the_seam() -> None:
    plan = main_plan(PIECE_SECONDS)
    frames = sum(shot.frames for shot in plan.shots) + sum(join.own_frames for join in plan.joins)
    assert (len(plan.joins) + 1) * 60 == 15 * PIECE_SECONDS
    assert abs(frames - PIECE_SECONDS * RATE) <= 12
    assert (plan.width, plan.height) == SIZES["1080p"]


def test_a_piece_repeated_has_every_frame_in_time(film: Path, tmp_path: Path) -> None:
    repeat(film, tmp_path / "long.mp4", 3)
    once, thrice = (np.array([frame.pts for frame in decode_film(path)]) for path in (film, tmp_path / "long.mp4"))
    assert len(thrice) == 3 * len(once)
    assert not decode_film(tmp_path / "long.mp4").damaged


def test_a_boundary_that_moved_is_missed_and_added() -> None:
    moved = Gated("a.mp4", 900, 100, 9, missed=(("cut", (4, 4)),), added=(("cut", (5, 5)),), needed=2)
    told = summary([moved, Gated("b.mp4", 100, 0, 11, (), (), 0)])
    assert "1000 frames: the network was asked of 10.0%" in told
    assert "20 boundaries" in told
    assert "1 of them differ or are missing and 1 are new" in told
    assert "recall: 0.9500; 2 boundaries need" in told
