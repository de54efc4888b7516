from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.references.phrase import MOST_CHARACTERS, MOST_NAME, Phrase, phrase_of
from formats.clip_record import Entity


def entity(description: str, name: str = "woman_red") -> Entity:
    return Entity(id=name, kind="subject", name=f"{{{name}}}", description=description, reference="")


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("{woman_red} is a Tall woman in a red coat. She waves.", "woman red. a tall woman in a red coat."),
        ("Is she {woman_blue}? No.", "woman red. is she woman blue."),
        ("A dog; brown: [big].", "woman red. a dog brown big."),
        ("", "woman red."),
        (" ... ", "woman red."),
        ("{woman_red}", "woman red."),
    ],
)
def test_a_subject_is_asked_for_by_its_name_and_the_first_sentence_about_it(description: str, text: str) -> None:
    assert phrase_of(entity(description)).text == text


def test_a_name_that_says_nothing_is_not_asked_for() -> None:
    """A name in another script becomes ``thing_`` and four digits."""
    assert phrase_of(entity("{thing_3f2a} is a dog.", "thing_3f2a")).text == "a dog."
    assert phrase_of(entity("", "thing_3f2a")).text == "thing 3f2a."
    assert phrase_of(entity("A dog.", "thing_from_mars")).text == "thing from mars. a dog."


@given(st.text(max_size=400), st.from_regex(r"[a-z0-9][a-z0-9_]{0,120}", fullmatch=True))
def test_nothing_in_a_description_divides_the_question_into_more_phrases(description: str, name: str) -> None:
    phrase = phrase_of(entity(description, name))
    assert isinstance(phrase, Phrase) and phrase.text.count(".") == 1 + bool(phrase.description)
    assert not set("?{}\n\x00") & set(phrase.text)
    assert len(phrase.name) <= MOST_NAME and len(phrase.description) <= MOST_CHARACTERS
