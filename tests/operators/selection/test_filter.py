import pytest
from pydantic import ValidationError

from formats.clip_plan import ClipPlan, PlannedShot
from formats.ledger import KEPT
from formats.selection import CandidateRow
from operators.filter import DurationLimits, FilterSettings, ScoreLimits, ShotCountLimits, judge


def candidate(lengths=(50, 50), scores=None, *, fps="10/1", vfr=False, ticks=None):
    shots, at, now = [], 0, 0
    for number, length in enumerate(lengths):
        lasts = ticks[number] if ticks else length * 100
        shots.append(PlannedShot(source_frames=(at, at + length), source_pts=(now, now + lasts)))
        at, now = at + length, now + lasts
    plan = ClipPlan(
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
    return CandidateRow(plan=plan, similarities=(), scores=scores or {}, verdict=KEPT)


def settings(**sections):
    return FilterSettings.model_validate({"duration": {"min": 0, "max": 100}, "shots": {"min": 1, "max": 9}} | sections)


@pytest.mark.parametrize(
    ("lengths", "reason"),
    [((31,), ""), ((30,), "duration_min"), ((47,), ""), ((48,), "duration_max"), ((20, 27), "")],
)
def test_a_duration_equal_to_a_limit_passes_exactly(lengths, reason):
    assert judge(candidate(lengths), settings(duration={"min": 3.1, "max": 4.7})).reason == reason


def test_a_variable_rate_is_judged_by_its_timestamps():
    limits = settings(duration={"min": 3.1, "max": 4.7})
    assert judge(candidate((2, 2), vfr=True, ticks=(3000, 1700)), limits).outcome == "kept"
    verdict = judge(candidate((2, 2), vfr=True, ticks=(3000, 1701)), limits)
    assert (verdict.reason, verdict.value, verdict.limit) == ("duration_max", 4.701, 4.7)


def test_a_fractional_rate_is_judged_without_rounding():
    limits = settings(duration={"min": 0, "max": 15})
    assert judge(candidate((359,), fps="24000/1001"), limits).outcome == "kept"
    assert judge(candidate((360,), fps="24000/1001"), limits).reason == "duration_max"
    assert judge(candidate((360,), fps="24/1"), limits).outcome == "kept"


@pytest.mark.parametrize(("count", "reason"), [(1, "shots_min"), (2, ""), (4, ""), (5, "shots_max")])
def test_a_shot_count_equal_to_a_limit_passes(count, reason):
    assert judge(candidate((10,) * count), settings(shots={"min": 2, "max": 4})).reason == reason


@pytest.mark.parametrize(
    ("value", "reason"), [(0.2, ""), (0.1999, "score_min:motion"), (0.8, ""), (0.8001, "score_max:motion")]
)
def test_a_score_equal_to_a_limit_passes(value, reason):
    verdict = judge(candidate(scores={"motion": value}), settings(scores=[{"name": "motion", "min": 0.2, "max": 0.8}]))
    assert verdict.reason == reason
    if reason:
        assert verdict.value == value and verdict.limit in (0.2, 0.8)


def test_a_score_that_was_not_measured_is_not_taken_for_a_good_one_or_a_bad_one():
    limits = settings(scores=[{"name": "motion", "min": -1}])
    assert judge(candidate(), limits).reason == "score_missing:motion"
    assert judge(candidate(scores={"motion": float("nan")}), limits).reason == "score_missing:motion"
    top = settings(top={"score": "aesthetics", "share": 0.4})
    assert judge(candidate(scores={"motion": 1}), top).reason == "score_missing:aesthetics"


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (DurationLimits, {"min": 9, "max": 8}),
        (ShotCountLimits, {"min": 5, "max": 4}),
        (ScoreLimits, {"name": "motion", "min": 1, "max": 0}),
        (ScoreLimits, {"name": "motion"}),
        (ScoreLimits, {"name": "motion", "min": float("nan")}),
        (FilterSettings, {"top": {"score": "motion", "share": 0}}),
        (FilterSettings, {"durations": {"min": 3}}),
    ],
)
def test_settings_that_contradict_themselves_are_refused(model, values):
    with pytest.raises(ValidationError):
        model.model_validate(values)
