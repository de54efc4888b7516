from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.found_gaps import Answer, line_of, read_answers
from benchmarks.shot_benchmark import Benchmark
from benchmarks.shot_scoring import DEFAULT_MARGIN, Gap, Margin
from benchmarks.shot_tables import table
from benchmarks.shots import score_detectors

ROOT = Path(__file__).parents[2]


def scored(*films: tuple[list[Gap], list[Gap]], frames: int = 150) -> Benchmark:
    benchmark = Benchmark()
    for truth, found in films:
        benchmark.add(truth, found, frames)
    return benchmark


def test_what_is_found_exactly_scores_one_and_leaks_nothing() -> None:
    truth = [Gap("cut", 40, 40), Gap("dissolve", 80, 100)]
    benchmark = scored((truth, truth))
    assert benchmark.scores["0", "all"].f1 == 1.0
    assert benchmark.f1("0", "all").interval == (1.0, 1.0)
    assert benchmark.overlaps == [1.0]
    assert benchmark.named == 2
    assert sum(benchmark.leaked.values()) == 0
    assert benchmark.lost[Margin(2, 0)] == 4
    assert benchmark.lost[DEFAULT_MARGIN] == 2 * (2 + 2)


def test_a_late_cut_and_a_short_dissolve_leak_by_kind_and_margin() -> None:
    truth = [Gap("cut", 40, 40), Gap("dissolve", 80, 100), Gap("wipe", 120, 130)]
    benchmark = scored((truth, [Gap("cut", 41, 41), Gap("dissolve", 82, 99)]))
    leaked = {
        (margin, kind): benchmark.leaked[Margin(margin, 0), kind]
        for margin in (0, 2)
        for kind in ("cut", "dissolve", "wipe")
    }
    assert leaked == {
        (0, "cut"): 1,
        (0, "dissolve"): 1,
        (0, "wipe"): 1,
        (2, "cut"): 1,
        (2, "dissolve"): 0,
        (2, "wipe"): 1,
    }
    assert benchmark.leaks(Margin(2, 0)).value == pytest.approx(2 / 3)
    assert benchmark.scores["0", "hard"].recall == 0.0
    assert benchmark.scores["1", "hard"].recall == 1.0


def test_one_found_gap_matches_one_true_one() -> None:
    benchmark = scored(([Gap("cut", 40, 40), Gap("cut", 42, 42)], [Gap("dissolve", 39, 43)]))
    assert benchmark.scores["overlap", "all"].matched == 1


def test_recall_is_by_the_true_kind_and_precision_by_the_found_one() -> None:
    truth = [Gap("dissolve", 20, 40), Gap("wipe", 60, 80)]
    found = [Gap("wipe", 20, 40), Gap("wipe", 60, 80), Gap("wipe", 110, 120)]
    benchmark = scored((truth, found))
    dissolve, wipe = (benchmark.scores["0", kind] for kind in ("dissolve", "wipe"))
    assert (dissolve.true, dissolve.matched, dissolve.found) == (1, 1, 0)
    assert (wipe.true, wipe.matched, wipe.found, wipe.right) == (1, 1, 3, 2)
    assert wipe.f1 == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))
    assert benchmark.named == 1


def test_a_kind_that_was_found_under_another_name_has_no_f1_and_one_that_was_missed_has_none_of_it() -> None:
    benchmark = scored(([Gap("fade", 20, 40), Gap("wipe", 60, 80)], [Gap("cut", 30, 30)]))
    assert math.isnan(benchmark.f1("overlap", "fade").value)
    assert benchmark.f1("overlap", "wipe").value == 0


def test_a_false_alarm_counts_against_its_kind_also_in_a_film_that_has_none_of_it() -> None:
    benchmark = scored(([Gap("wipe", 20, 40)], [Gap("wipe", 20, 40)]), ([], [Gap("wipe", 50, 60)]))
    assert benchmark.scores["overlap", "wipe"].found == 2
    assert benchmark.precision("overlap", "wipe").value == 0.5


def test_ranges_tell_mean_median_and_exactness_and_count_what_is_missed_as_nothing() -> None:
    truth = [Gap("dissolve", 0, 10), Gap("fade", 40, 50), Gap("wipe", 80, 90), Gap("wipe", 120, 130)]
    found = [Gap("dissolve", 0, 10), Gap("fade", 42, 50), Gap("wipe", 80, 85), Gap("cut", 125, 125)]
    benchmark = scored((truth, found))
    ranges = benchmark.ranges()
    assert ranges is not None
    assert ranges.matched == 3
    assert ranges.mean.value == pytest.approx((1 + 0.8 + 0.5) / 3)
    assert ranges.median == pytest.approx(0.8)
    assert ranges.mean_of_all.value == pytest.approx((1 + 0.8 + 0.5) / 4)
    assert (ranges.exact, ranges.near) == (pytest.approx(1 / 3), pytest.approx(2 / 3))

    wipes = benchmark.ranges("wipe")
    assert wipes is not None
    assert (wipes.true, wipes.matched, wipes.mean_of_all.value) == (2, 1, 0.25)


@pytest.mark.parametrize(
    ("found", "matches"),
    [
        (Gap("cut", 40, 40), True),
        (Gap("cut", 41, 41), False),
        (Gap("transition", 40, 41), True),
        (Gap("transition", 39, 42), False),
    ],
)
def test_by_iou_a_cut_is_two_frames(found: Gap, matches: bool) -> None:
    assert scored(([Gap("cut", 40, 40)], [found])).scores["iou", "all"].matched == matches


def test_by_iou_a_long_range_may_be_a_little_off() -> None:
    truth = [Gap("dissolve", 20, 40), Gap("dissolve", 80, 100)]
    benchmark = scored((truth, [Gap("dissolve", 24, 44), Gap("dissolve", 90, 110)]))
    assert benchmark.scores["iou", "gradual"].matched == 1


def truth_folder(folder: Path, name: str, cuts: list[int], gradual: list[tuple[int, int, str]]) -> Path:
    folder.mkdir(exist_ok=True)
    told = {"files": [f"films/{name} (default video stream)"], "cuts": cuts, "gradual": gradual}
    (folder / f"{name}.json").write_text(json.dumps(told))
    return folder


def test_detectors_stand_side_by_side_on_the_same_films(tmp_path: Path) -> None:
    folder = truth_folder(tmp_path / "truth", "a.mp4", [39], [(79, 100, "fade")])
    truth_folder(folder, "b.mp4", [9], [])
    films = [Path("films/a.mp4"), Path("films/b.mp4")]
    good = [
        Answer(films[0], 200, (Gap("cut", 40, 40), Gap("fade", 80, 100))),
        Answer(films[1], 20, (Gap("cut", 10, 10),)),
    ]
    poor = [Answer(films[0], 200, (Gap("cut", 40, 40),)), Answer(films[1], 0, (), "RuntimeError: no such codec")]
    ours, theirs = score_detectors({"ours": good, "theirs": poor}, folder)
    assert (ours.benchmark.films, theirs.benchmark.films) == (2, 2)
    assert ours.benchmark.scores["0", "all"].f1 == 1.0
    assert theirs.benchmark.scores["overlap", "all"].recall == pytest.approx(1 / 3)
    printed = table([ours, theirs])
    assert "theirs failed on b.mp4: RuntimeError: no such codec" in printed
    lines = [line.split() for line in printed.splitlines() if line.startswith("all ")]
    assert [line[1:5] for line in lines[:2]] == [["ours", "3", "3", "3"], ["theirs", "3", "1", "1"]]


def test_a_detector_without_an_answer_about_a_film_is_refused(tmp_path: Path) -> None:
    folder = truth_folder(tmp_path / "truth", "a.mp4", [39], [])
    with pytest.raises(ValueError, match=r"theirs has no answer about films/a\.mp4"):
        score_detectors({"ours": [Answer(Path("films/a.mp4"), 90, ())], "theirs": []}, folder)


def test_films_without_truth_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no truth is known"):
        score_detectors({"ours": [Answer(tmp_path / "a.mp4", 90, ())]}, None)


def test_a_line_that_is_no_answer_is_named(tmp_path: Path) -> None:
    (tmp_path / "found.jsonl").write_text(line_of(Answer(Path("a.mp4"), 9, ())) + '\n{"path": "b.mp4"}\n')
    with pytest.raises(ValueError, match=r"found\.jsonl, line 2"):
        read_answers(tmp_path / "found.jsonl")


def test_the_command_prints_text_for_people_and_json_for_scripts(tmp_path: Path) -> None:
    folder = truth_folder(tmp_path / "truth", "a.mp4", [39], [(79, 100, "fade")])
    other = {"files": ["films/a.mp4 (other video stream)"], "cuts": [3], "gradual": []}
    (folder / "0.json").write_text(json.dumps(other))
    answer = Answer(Path("somewhere/a.mp4"), 200, (Gap("cut", 40, 40), Gap("fade", 85, 100)))
    (tmp_path / "found.jsonl").write_text(line_of(answer) + "\n")
    command = [sys.executable, "-m", "benchmarks.shots", tmp_path / "found.jsonl", "--truth", folder]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "1 films, 2 transitions: 1 cut, 1 fade" in text
    assert "found, margin 2: 50.00% of transitions leak (cut 0 of 1, fade 1 of 1)" in text
    told = json.loads(subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    score = next(each for each in told["found"]["scores"] if (each["criterion"], each["kind"]) == ("0", "all"))
    assert (score["true"], score["matched"]) == (2, 1)
    assert score["f1"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert [(each["kind"], each["iou_median"]) for each in told["found"]["ranges"]] == [
        ("gradual", 0.75),
        ("fade", 0.75),
    ]
