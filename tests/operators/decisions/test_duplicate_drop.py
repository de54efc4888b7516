"""Of near-duplicates the best stays, and whatever goes names one that stayed and was compared with it."""

from dataclasses import replace

import numpy as np

from operators.decisions.duplicate_drop import ALIKE, DuplicatePairs


def _reasons(told):
    return {key: verdict["reason"] for key, verdict in told.items()}


def test_the_best_stays_and_the_others_name_it(row, settings, corpus, verdicts):
    rules = settings()
    rows = [row(f"a-{number}", scores={"technical_quality": value}) for number, value in enumerate([1.0, 3.0, 2.0])]
    pairs = [("a-0", "a-1", 2.0), ("a-1", "a-2", 4.0), ("a-0", "a-2", 1.0)]
    told = verdicts(corpus(rows, rules, pairs), rules)
    assert _reasons(told) == {"a-0": "near_duplicate", "a-1": "", "a-2": "near_duplicate"}
    assert (told["a-2"]["value"], told["a-2"]["limit"]) == (4.0, 6.0)
    assert told["a-2"]["detail"] == "a near-duplicate of a-1"


def test_a_chain_of_likeness_drops_nothing_by_hearsay(row, settings, corpus, verdicts):
    rules = settings()
    rows = [row(f"a-{number}", scores={"technical_quality": value}) for number, value in enumerate([3.0, 2.0, 1.0])]
    told = verdicts(corpus(rows, rules, [("a-0", "a-1", 2.0), ("a-1", "a-2", 2.0)]), rules)
    assert _reasons(told) == {"a-0": "", "a-1": "near_duplicate", "a-2": ""}


def test_equal_scores_are_ranked_by_key_and_an_unmeasured_one_is_last(row, settings, corpus, verdicts):
    rules = settings()
    rows = [row("b"), row("c", scores={"technical_quality": 0.0}), row("a", scores={"technical_quality": 0.0})]
    pairs = [("a", "b", 0.0), ("a", "c", 0.0), ("b", "c", 0.0)]
    assert [key for key, reason in _reasons(verdicts(corpus(rows, rules, pairs), rules)).items() if not reason] == ["a"]


def test_what_other_limits_dropped_takes_no_duplicate_with_it(row, settings, corpus, verdicts):
    rules = settings(scores=[{"name": "technical_quality", "max": 5}])
    rows = [row("a", scores={"technical_quality": 9.0}), row("b", scores={"technical_quality": 1.0})]
    assert _reasons(verdicts(corpus(rows, rules, [("a", "b", 0.0)]), rules)) == {
        "a": "score_max:technical_quality",
        "b": "",
    }


def test_without_dropping_only_what_straddles_splits_gives_way_to_what_is_held_out(row, settings, corpus, verdicts):
    rules = settings(duplicates={"drop": False})
    rows = [row("a-1", "a", {"technical_quality": 9.0}), row("a-2", "a"), row("b-1", "b", {"technical_quality": 1.0})]
    pairs = [("a-1", "a-2", 1.0), ("a-1", "b-1", 3.0)]
    together = verdicts(corpus(rows, rules, pairs, {"b": "train"}), rules)
    assert set(_reasons(together).values()) == {""}
    apart = verdicts(corpus(rows, rules, pairs, {"b": "test"}), rules)
    assert _reasons(apart) == {"a-1": "straddles_splits", "a-2": "", "b-1": ""}


def test_what_is_alike_by_its_embedding_goes_with_a_reason_of_its_own(row, settings, corpus, verdicts):
    rules = settings()
    rows = [row(f"a-{number}", scores={"technical_quality": value}) for number, value in enumerate([3.0, 2.0, 1.0])]
    equal = corpus(rows, rules, [("a-0", "a-1", 2.0)])
    one, other = np.array([0, 1]), np.array([1, 2])
    alike = DuplicatePairs(one, other, np.array([0.97, 0.99]), 0.95, ALIKE)
    told = verdicts(replace(equal, duplicates=(*equal.duplicates, alike)), rules)
    assert _reasons(told) == {"a-0": "", "a-1": "near_duplicate", "a-2": ""}
    told = verdicts(replace(equal, duplicates=(alike,)), rules)
    assert _reasons(told) == {"a-0": "", "a-1": "near_duplicate_embedding", "a-2": ""}
    assert (told["a-1"]["value"], told["a-1"]["limit"]) == (0.97, 0.95)
    assert told["a-1"]["detail"] == "by its embedding a near-duplicate of a-0"
