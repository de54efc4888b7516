"""Limits on scores, by value, by quantile and by share."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from formats.selection import TopCutOff
from operators.decisions.decide import decide
from operators.filter import DurationLimits, FilterSettings, QuantileLimits, ScoreLimits, ShotCountLimits


def _reasons(told):
    return [verdict["reason"] for verdict in told.values()]


@pytest.mark.parametrize(
    ("value", "reason"),
    [(0.2, ""), (0.1999, "score_min:camera_motion"), (0.8, ""), (0.8001, "score_max:camera_motion")],
)
def test_a_score_equal_to_a_limit_passes(row, settings, corpus, verdicts, value, reason):
    rules = settings(scores=[{"name": "camera_motion", "min": 0.2, "max": 0.8}])
    told = verdicts(corpus([row("a", scores={"camera_motion": value})], rules), rules)["a"]
    assert told["reason"] == reason
    if reason:
        assert told["value"] == value and told["limit"] in (0.2, 0.8)


def test_a_score_that_was_not_measured_is_not_taken_for_a_good_one_or_a_bad_one(row, settings, corpus, verdicts):
    rows = [row("a"), row("b", scores={"camera_motion": float("nan")}), row("c", scores={"camera_motion": 1.0})]
    for rules in (
        settings(scores=[{"name": "camera_motion", "min": -1}]),
        settings(quantiles=[{"name": "camera_motion", "min": 0.0}]),
        settings(balance=[{"tag": "camera_motion", "edges": [0.5], "cap": 9}]),
        settings(top={"score": "camera_motion", "share": 1.0}),
    ):
        assert _reasons(verdicts(corpus(rows, rules), rules)) == ["score_missing:camera_motion"] * 2 + [""]


def test_the_length_of_a_clip_is_a_score_that_is_always_there(row, settings, corpus, verdicts):
    rules = settings(scores=[{"name": "shots", "min": 2}, {"name": "seconds", "max": 5}])
    assert _reasons(verdicts(corpus([row("a", shots=1), row("b", shots=2)], rules), rules)) == ["score_min:shots", ""]


@settings(deadline=None)
@given(values=st.lists(st.integers(0, 9), min_size=1, max_size=40), low=st.integers(0, 10), high=st.integers(0, 10))
def test_quantiles_drop_so_many_of_the_lowest_and_highest_and_no_value_apart(row, corpus, verdicts, values, low, high):
    low, high = sorted((low, high))
    rules = FilterSettings.model_validate({"quantiles": [{"name": "camera_motion", "min": low / 10, "max": high / 10}]})
    rows = [row(f"a-{number:02d}", scores={"camera_motion": float(value)}) for number, value in enumerate(values)]
    reasons = _reasons(verdicts(corpus(rows, rules), rules))
    below = Fraction(low, 10) * len(values)
    above = len(values) - Fraction(high, 10) * len(values)
    assert reasons.count("quantile_min:camera_motion") <= below
    assert reasons.count("quantile_max:camera_motion") <= above
    if len(set(values)) == len(values) and low < high:
        assert reasons.count("quantile_min:camera_motion") == floor(below)
        assert reasons.count("quantile_max:camera_motion") == floor(above)
    assert all(
        len({reason for reason, other in zip(reasons, values, strict=True) if other == value}) == 1 for value in values
    )


def test_the_top_share_is_exact_rounded_up_and_ties_go_by_key(row, settings, corpus, verdicts):
    for share, kept in ((0.28, 7), (0.281, 8)):
        rules = settings(top={"score": "contrast", "share": share})
        rows = [row(f"a-{number:02d}", scores={"contrast": number / 100}) for number in range(25)]
        assert _reasons(verdicts(corpus(rows, rules), rules)).count("") == kept
    rules = settings(top={"score": "contrast", "share": 0.5})
    rows = [row(key, scores={"contrast": 0.5}) for key in ("d", "b", "c", "a")]
    told = verdicts(corpus(rows, rules), rules)
    assert sorted(key for key, verdict in told.items() if verdict["outcome"] == "kept") == ["a", "b"]


def test_only_what_passed_everything_else_counts_for_the_top(row, settings, corpus):
    rules = settings(scores=[{"name": "contrast", "max": 0.85}], top={"score": "contrast", "share": 0.5})
    rows = [row(f"a-{value}", scores={"contrast": value}) for value in (0.9, 0.1, 0.2, 0.8, 0.3)]
    cut_off = decide(corpus(rows, rules), rules).bars.top
    assert cut_off == TopCutOff(score="contrast", share=0.5, value=0.3, key="a-0.3", considered=4, kept=2)


@settings(deadline=None)
@given(values=st.lists(st.sampled_from([0.1, 0.2, 0.3]), max_size=12), share=st.sampled_from([0.1, 0.3, 0.5, 1.0]))
def test_nothing_below_the_bar_stays(row, corpus, verdicts, values, share):
    rules = FilterSettings.model_validate({"top": {"score": "contrast", "share": share}})
    rows = [row(f"a-{number:02d}", scores={"contrast": value}) for number, value in enumerate(values)]
    reasons = _reasons(verdicts(corpus(rows, rules), rules))
    assert reasons.count("") == ceil(Fraction(str(share)) * len(values))
    stays = [value for value, reason in zip(values, reasons, strict=True) if not reason]
    assert all(value <= min(stays) for value, reason in zip(values, reasons, strict=True) if reason)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (DurationLimits, {"min": 9, "max": 8}),
        (ShotCountLimits, {"min": 5, "max": 4}),
        (ScoreLimits, {"name": "camera_motion", "min": 1, "max": 0}),
        (ScoreLimits, {"name": "camera_motion"}),
        (ScoreLimits, {"name": "camera_motion", "min": float("nan")}),
        (QuantileLimits, {"name": "camera_motion"}),
        (QuantileLimits, {"name": "camera_motion", "min": 0.9, "max": 0.1}),
        (FilterSettings, {"top": {"score": "camera_motion", "share": 0}}),
        (FilterSettings, {"durations": {"min": 3}}),
    ],
)
def test_settings_that_contradict_themselves_are_refused(model, values):
    with pytest.raises(ValidationError):
        model.model_validate(values)
