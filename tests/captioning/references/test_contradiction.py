from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.references.contradiction import contradict, of_one_being


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a woman in a red coat", "a man in a red coat"),
        ("a woman in a red coat", "a woman in a blue winter coat"),
        ("a woman with blond hair", "a dark-haired woman"),
        ("a small child", "an elderly woman"),
        ("a brown dog", "a cat on a sill"),
        ("a black car", "a woman"),
        ("two girls in dresses", "a girl in a dress"),
        ("{women} are two women", "{lady} is a woman"),
        ("woman_red", "man_red"),
    ],
)
def test_what_cannot_be_one_contradicts(one: str, other: str) -> None:
    assert contradict(one, other) and contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a woman in a red coat", "a lady with an umbrella"),
        ("a woman in a crimson coat", "a girl in a red winter coat"),
        ("a woman in a red coat", "a woman in a blue hat"),
        ("a man with a dog", "a dog"),
        ("a man", "a bearded person"),
        ("eine Frau im roten Mantel", "ein Mann mit Hut"),
        ("", "a woman"),
    ],
)
def test_what_may_be_one_does_not(one: str, other: str) -> None:
    assert not contradict(one, other) and not contradict(other, one)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_contradicts_itself_and_none_is_refused(one: str, other: str) -> None:
    assert not contradict(one, one)
    assert contradict(one, other) == contradict(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("a woman", "an elderly lady"), ("a dog", "a puppy"), ("man_a", "person_b")]
)
def test_what_is_of_one_being_says_so(one: str, other: str) -> None:
    assert of_one_being(one, other) and of_one_being(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("a woman", "a red dress"), ("a rider", "a horse"), ("", ""), ("Frau", "Frau")]
)
def test_what_is_not_known_is_of_no_being(one: str, other: str) -> None:
    assert not of_one_being(one, other)
