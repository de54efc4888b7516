"""Limits on duration and shot count; those on scores are decided over the corpus (tests/operators/decisions)."""

from fractions import Fraction

import pytest

from formats.clip_plan import ClipPlan, PlannedShot
from operators.film_clock import plan_seconds
from operators.filter import FilterSettings, judge_length


def plan(lengths, *, fps="10/1", vfr=False, ticks=None):
    shots, at, now = [], 0, 0
    for number, length in enumerate(lengths):
        lasts = ticks[number] if ticks else length * 100
        shots.append(PlannedShot(source_frames=(at, at + length), source_pts=(now, now + lasts)))
        at, now = at + length, now + lasts
    return ClipPlan(
        key=f"{'ab' * 8}-0-0-{at}",
        source_sha256="ab" * 32,
        stream=0,
        time_base="1/1000",
        fps=fps,
        vfr=vfr,
        width=64,
        height=36,
        shots=tuple(shots),
        joins=(),
    )


def settings(**sections):
    return FilterSettings.model_validate({"duration": {"min": 0, "max": 100}, "shots": {"min": 1, "max": 9}} | sections)


def judge(clip, limits):
    return judge_length(len(clip.shots), plan_seconds(clip), limits)


@pytest.mark.parametrize(
    ("lengths", "reason"),
    [((31,), ""), ((30,), "duration_min"), ((47,), ""), ((48,), "duration_max"), ((20, 27), "")],
)
def test_a_duration_equal_to_a_limit_passes_exactly(lengths, reason):
    assert judge(plan(lengths), settings(duration={"min": 3.1, "max": 4.7})).reason == reason


def test_a_variable_rate_is_judged_by_its_timestamps():
    limits = settings(duration={"min": 3.1, "max": 4.7})
    assert judge(plan((2, 2), vfr=True, ticks=(3000, 1700)), limits).outcome == "kept"
    verdict = judge(plan((2, 2), vfr=True, ticks=(3000, 1701)), limits)
    assert (verdict.reason, verdict.value, verdict.limit) == ("duration_max", 4.701, 4.7)


def test_a_fractional_rate_is_judged_without_rounding():
    limits = settings(duration={"min": 0, "max": 15})
    assert judge(plan((359,), fps="24000/1001"), limits).outcome == "kept"
    assert judge(plan((360,), fps="24000/1001"), limits).reason == "duration_max"
    assert judge(plan((360,), fps="24/1"), limits).outcome == "kept"


@pytest.mark.parametrize(("count", "reason"), [(1, "shots_min"), (2, ""), (4, ""), (5, "shots_max")])
def test_a_shot_count_equal_to_a_limit_passes(count, reason):
    assert judge_length(count, Fraction(5), settings(shots={"min": 2, "max": 4})).reason == reason
