"""Decisions over a corpus: the same in any order, twice the same, and never changed by films that come later."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.decisions.decide import decide


def _kept(told: dict[str, dict]) -> set[str]:
    return {key for key, verdict in told.items() if verdict["outcome"] == "kept"}


@settings(deadline=None)
@given(data=st.data())
def test_the_order_of_candidates_changes_no_verdict(data, any_rows, any_rules, any_pairs, corpus, verdicts):
    rows, rules = data.draw(any_rows()), data.draw(any_rules())
    pairs = data.draw(any_pairs(rows))
    shuffled = data.draw(st.permutations(rows))
    splits = {"a": "test", "b": "validation"}
    one = verdicts(corpus(rows, rules, pairs, splits), rules)
    assert verdicts(corpus(shuffled, rules, pairs, splits), rules) == one
    assert len(one) == len(rows)


@settings(deadline=None)
@given(data=st.data())
def test_every_drop_has_a_reason_and_every_comparison_its_two_numbers(
    data, any_rows, any_rules, any_pairs, corpus, verdicts
):
    rows, rules = data.draw(any_rows()), data.draw(any_rules())
    told = verdicts(corpus(rows, rules, data.draw(any_pairs(rows)), {"a": "test"}), rules)
    for verdict in told.values():
        if verdict["outcome"] == "kept":
            assert (verdict["reason"], verdict["value"], verdict["limit"], verdict["detail"]) == ("", None, None, "")
        else:
            assert verdict["reason"] and verdict["detail"]
            compared = not verdict["reason"].startswith("score_missing")
            assert (verdict["value"] is not None) == (verdict["limit"] is not None) == compared


@settings(deadline=None)
@given(data=st.data())
def test_films_added_later_change_nothing_for_those_that_stand(
    data, any_rows, any_rules, any_pairs, corpus, verdicts, after
):
    rows, rules = data.draw(any_rows()), data.draw(any_rules())
    pairs = data.draw(any_pairs(rows))
    old = [row for row in rows if row.film in "abc"]
    first = decide(corpus(old, rules, pairs), rules)
    standing = after(rows, old, first)
    later = decide(corpus(rows, rules, pairs), rules, standing)
    new = ~standing.rows
    kept = np.where(standing.rows, standing.kept, later.sheet.passed)
    everything = corpus(rows, rules, pairs)
    if rules.duplicates.drop:
        for one, other in zip(everything.duplicates[0].one, everything.duplicates[0].other, strict=True):
            assert not (kept[one] and kept[other])
    for number, rule in enumerate(rules.balance):
        if rule.tag == "film":
            cap = later.bars.balance[number].cap
            films = [row.film for row, stays, fresh in zip(rows, kept, new, strict=True) if stays and fresh]
            assert all(films.count(film) <= cap for film in set(films))
    again = decide(everything, rules, after(rows, old, first))
    assert np.array_equal(again.sheet.reason, later.sheet.reason)
    if not new.any():
        assert later.bars == first.bars


@settings(deadline=None)
@given(data=st.data())
def test_deciding_again_by_its_own_bars_gives_the_same(data, any_rows, any_rules, any_pairs, corpus, after):
    rows, rules = data.draw(any_rows()), data.draw(any_rules())
    whole = corpus(rows, rules, data.draw(any_pairs(rows)))
    first = decide(whole, rules)
    standing = after(rows, rows, first)
    assert np.array_equal(standing.kept, first.sheet.passed)
    assert decide(whole, rules, standing).bars == first.bars


@settings(deadline=None)
@given(data=st.data())
def test_kept_clips_of_different_splits_are_never_near_duplicates(data, any_rows, any_rules, any_pairs, corpus):
    rows, rules = data.draw(any_rows()), data.draw(any_rules())
    whole = corpus(rows, rules, data.draw(any_pairs(rows)), {"a": "test", "b": "validation"})
    kept = decide(whole, rules).sheet.passed
    splits = np.array(whole.films.split, dtype=str)[whole.candidates.film] if rows else np.array([])
    for one, other in zip(whole.duplicates[0].one, whole.duplicates[0].other, strict=True):
        assert not (kept[one] and kept[other] and splits[one] != splits[other])


def test_what_failed_first_is_the_reason(row, settings, corpus, verdicts):
    rules = settings(
        scores=[{"name": "camera_motion", "min": 0.2}],
        quantiles=[{"name": "camera_motion", "max": 0.5}],
        top={"score": "technical_quality", "share": 0.5},
    )
    rows = [
        row("a-1", scores={"camera_motion": 0.9}),
        row("a-2", scores={"camera_motion": 0.1, "technical_quality": 1}),
        row("a-3", scores={"camera_motion": 0.9, "technical_quality": 9}),
        row("a-4", scores={"camera_motion": 0.3, "technical_quality": 1}),
        row("a-5", scores={"camera_motion": 0.3, "technical_quality": 2}),
    ]
    told = verdicts(corpus(rows, rules), rules)
    assert [told[each.key]["reason"] for each in rows] == [
        "score_missing:technical_quality",
        "score_min:camera_motion",
        "quantile_max:camera_motion",
        "top:technical_quality",
        "",
    ]
    assert (told["a-3"]["value"], told["a-3"]["limit"]) == (0.9, 0.3)


def test_a_better_film_that_comes_later_does_not_push_out_its_duplicate(row, settings, corpus, verdicts, after):
    rules = settings()
    old, new = row("a-1", "a", {"technical_quality": 1.0}), row("b-1", "b", {"technical_quality": 9.0})
    pairs = [("a-1", "b-1", 2.0)]
    assert _kept(verdicts(corpus([old, new], rules, pairs), rules)) == {"b-1"}
    first = decide(corpus([old], rules), rules)
    told = verdicts(corpus([old, new], rules, pairs), rules, after([old, new], [old], first))
    assert told["b-1"]["reason"] == "near_duplicate"
    assert told["b-1"]["detail"].endswith("a-1")


def test_an_empty_corpus_is_decided(settings, corpus, verdicts):
    rules = settings(
        quantiles=[{"name": "camera_motion", "min": 0.1}],
        balance=[{"tag": "film", "share": 0.5}],
        top={"score": "camera_motion", "share": 0.4},
    )
    assert verdicts(corpus([], rules), rules) == {}
