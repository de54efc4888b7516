from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Load = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def shots(benchmark_script: Load) -> ModuleType:
    return benchmark_script("shots")


def test_what_is_found_exactly_scores_one_and_leaks_nothing(shots: ModuleType) -> None:
    truth = [shots.Gap("cut", 40, 40), shots.Gap("dissolve", 80, 100)]
    benchmark = shots.Benchmark()
    benchmark.add(truth, truth, 150)
    assert benchmark.scores["0", "all"].f1 == 1.0
    assert benchmark.overlaps == [1.0]
    assert sum(benchmark.leaked.values()) == 0
    assert benchmark.lost[2] == 4


def test_a_late_cut_and_a_short_dissolve_leak_by_kind_and_margin(shots: ModuleType) -> None:
    truth = [shots.Gap("cut", 40, 40), shots.Gap("dissolve", 80, 100), shots.Gap("wipe", 120, 130)]
    benchmark = shots.Benchmark()
    benchmark.add(truth, [shots.Gap("cut", 41, 41), shots.Gap("dissolve", 82, 99)], 150)
    leaked = {
        (margin, kind): benchmark.leaked[margin, kind] for margin in (0, 2) for kind in ("cut", "dissolve", "wipe")
    }
    assert leaked == {
        (0, "cut"): 1,
        (0, "dissolve"): 1,
        (0, "wipe"): 1,
        (2, "cut"): 1,
        (2, "dissolve"): 0,
        (2, "wipe"): 1,
    }
    assert benchmark.scores["0", "hard"].recall == 0.0
    assert benchmark.scores["1", "hard"].recall == 1.0


def test_one_found_gap_matches_one_true_one(shots: ModuleType) -> None:
    truth = [shots.Gap("cut", 40, 40), shots.Gap("cut", 42, 42)]
    benchmark = shots.Benchmark()
    benchmark.add(truth, [shots.Gap("dissolve", 39, 43)], 100)
    assert benchmark.scores["overlap", "all"].matched == 1


def test_the_command_prints_counts_and_leaks_by_kind(shots: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    told = {"files": ["films/a.mp4 (default video stream)"], "cuts": [39], "gradual": [[79, 100, "fade"]]}
    (tmp_path / "truth" / "b.json").write_text(json.dumps(told))
    other = {"files": ["films/a.mp4 (other video stream)"], "cuts": [3], "gradual": []}
    (tmp_path / "truth" / "a.json").write_text(json.dumps(other))
    found = [{"kind": "cut", "frames": [40, 40]}, {"kind": "fade", "frames": [85, 100]}]
    line = {"path": "somewhere/a.mp4", "error": None, "frames": 200, "transitions": found}
    (tmp_path / "found.jsonl").write_text(json.dumps(line) + "\n")
    command = [sys.executable, shots.__file__, tmp_path / "found.jsonl", "--truth", tmp_path / "truth"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "1 films, 2 transitions" in printed
    assert "margin 2: 50.00% of transitions leak (cut 0 of 1, fade 1 of 1)" in printed
