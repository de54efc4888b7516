"""Balance: no value of a tag has more than its cap, and the choice does not depend on what else there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from formats.clip_tags import ClipTag, clip_tag_table
from operators.decisions.balance import find_cap, hash_keys, tag_codes
from operators.decisions.candidate_columns import tag_codes_of
from operators.filter import BalanceRule


def _kept(told):
    return sorted(key for key, verdict in told.items() if verdict["outcome"] == "kept")


def test_a_cap_per_film_keeps_the_best_of_each(row, settings, corpus, verdicts):
    rules = settings(balance=[{"tag": "film", "cap": 2, "best": "technical_quality"}])
    rows = [row(f"{film}-{number}", film, {"technical_quality": float(number)}) for film in "ab" for number in range(4)]
    told = verdicts(corpus(rows, rules), rules)
    assert _kept(told) == ["a-2", "a-3", "b-2", "b-3"]
    assert (told["a-0"]["reason"], told["a-0"]["value"], told["a-0"]["limit"]) == ("balance:film", 4.0, 2.0)


def test_without_a_score_the_choice_is_by_hash_and_stays_when_other_films_come(row, settings, corpus, verdicts):
    rules = settings(balance=[{"tag": "film", "cap": 2}])
    rows = [row(f"a-{number}", "a") for number in range(9)]
    alone = _kept(verdicts(corpus(rows, rules), rules))
    more = [*rows, *(row(f"b-{number}", "b") for number in range(9))]
    assert len(alone) == 2
    assert [key for key in _kept(verdicts(corpus(more, rules), rules)) if key.startswith("a")] == alone


def test_metadata_of_the_films_is_a_tag_and_films_without_it_share_a_value(row, settings, corpus, verdicts):
    rules = settings(balance=[{"tag": "metadata.genre", "cap": 1}])
    rows = [row("a-1", "a"), row("b-1", "b"), row("c-1", "c"), row("d-1", "d")]
    metadata = {"a": '{"genre": "noir"}', "b": '{"genre": "noir"}', "c": '{"year": 1999}', "d": ""}
    kept = _kept(verdicts(corpus(rows, rules, metadata=metadata), rules))
    assert [len([key for key in kept if key[0] in films]) for films in ("ab", "cd")] == [1, 1]


def test_bins_of_a_score_are_a_tag(row, settings, corpus, verdicts):
    rules = settings(balance=[{"tag": "camera_motion", "edges": [1, 2], "cap": 1}])
    rows = [
        row(f"a-{number}", scores={"camera_motion": value}) for number, value in enumerate([0.5, 0.9, 1.0, 1.5, 2.0])
    ]
    assert len(_kept(verdicts(corpus(rows, rules), rules))) == 3


def test_a_node_of_the_tags_is_a_tag_and_candidates_without_it_share_a_value(row, settings, corpus, verdicts):
    size = "Camera -> Creative Intent -> Shot Size"
    rules = settings(tags="tags.parquet", balance=[{"tag": f"tags.{size}", "cap": 1, "best": "technical_quality"}])
    rows = [row(f"a-{number}", "a", {"technical_quality": float(number)}) for number in range(6)]
    found = corpus(rows, rules)
    values = {"a-0": "Wide", "a-1": "Wide", "a-2": "Full", "gone": "Full"}
    tags = clip_tag_table(
        [*(ClipTag(key, size, value) for key, value in values.items()), ClipTag("a-5", "other", "Full")]
    )
    codes = tag_codes_of(found.candidates.keys, tags, [size])
    assert codes[size].tolist() == [codes[size][0], codes[size][0], codes[size][2], 0, 0, 0]
    told = verdicts(replace(found, candidates=replace(found.candidates, tags=codes)), rules)
    assert _kept(told) == ["a-1", "a-2", "a-5"]
    assert told["a-0"]["reason"] == f"balance:tags.{size}"


def test_what_the_camera_mostly_does_is_a_tag_and_clips_never_looked_at_share_a_value(row, settings, corpus, verdicts):
    rules = settings(balance=[{"tag": "camera", "cap": 1}])

    def looks(**shares: float) -> dict[str, float]:
        return {f"camera_{name}": shares.get(name, 0.0) for name in ("still", "pan", "tilt", "zoom", "roll")}

    rows = [
        row("a-still", scores=looks(still=1.0)),
        row("a-pan", scores=looks(still=0.4, pan=0.6)),
        row("a-pan2", scores=looks(pan=0.5, tilt=0.5)),
        row("a-roll", scores=looks(roll=0.7, still=0.3)),
        row("a-dark"),
        row("a-dark2"),
    ]
    found = corpus(rows, rules)
    assert tag_codes(found.candidates, found.films, rules.balance[0]).tolist() == [0, 1, 1, 4, -1, -1]
    assert len(_kept(verdicts(found, rules))) == 4


def test_tags_of_nobody_are_one_value_of_all(row, settings, corpus):
    found = corpus([row("a-1"), row("a-2")], settings())
    assert tag_codes_of(found.candidates.keys, clip_tag_table([]), ["N"])["N"].tolist() == [0, 0]


def test_balance_by_tags_needs_their_file(settings):
    with pytest.raises(ValidationError, match=r"name their file in filter\.tags"):
        settings(balance=[{"tag": "tags.Camera -> Extrinsics -> Angle", "cap": 1}])


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=8), share=st.sampled_from([0.05, 0.2, 0.25, 0.34, 0.5, 1.0])
)
def test_a_share_is_of_what_is_left_and_no_smaller_than_needed(sizes, share):
    codes = np.repeat(np.arange(len(sizes)), sizes)
    cap = find_cap(codes, BalanceRule(tag="film", share=share))
    exact = max(Fraction(str(share)), Fraction(1, len(sizes)))
    left = [min(size, cap) for size in sizes]
    assert max(left) <= exact * sum(left)
    if cap < max(sizes):
        more = [min(size, cap + 1) for size in sizes]
        assert max(more) > exact * sum(more)


def test_rules_that_say_nothing_or_two_things_are_refused():
    for values in (
        {"tag": "film"},
        {"tag": "film", "cap": 1, "share": 0.5},
        {"tag": "camera_motion", "cap": 1},
        {"tag": "film", "cap": 1, "edges": [1.0]},
        {"tag": "camera_motion", "cap": 1, "edges": [2.0, 1.0]},
        {"tag": "beauty", "cap": 1, "edges": [1.0]},
        {"tag": "film", "cap": 1, "best": "beauty"},
    ):
        with pytest.raises(ValidationError):
            BalanceRule.model_validate(values)


def test_several_rules_act_one_after_another(row, settings, corpus, verdicts):
    rules = settings(balance=[{"tag": "film", "cap": 2}, {"tag": "shots", "cap": 3}])
    rows = [row(f"{film}-{number}", film) for film in "abc" for number in range(3)]
    reasons = Counter(verdict["reason"] for verdict in verdicts(corpus(rows, rules), rules).values())
    assert reasons == {"balance:film": 3, "balance:shots": 3, "": 3}


def test_the_hash_of_a_key_is_the_same_everywhere_and_spreads_evenly():
    keys = [f"{number:016x}-0-{number * 7}-{number * 9}" for number in range(20_000)]
    hashes = hash_keys(keys)
    assert len(set(hashes.tolist())) == len(keys)
    assert abs(np.mean(hashes < 2**63) - 0.5) < 0.02
    assert hash_keys([*keys[:3], "a" * 60]).tolist()[:3] == hashes[:3].tolist()
