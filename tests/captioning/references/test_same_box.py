from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.protocol import ClipAnnotation
from captioning.references.boxes import FoundBox
from captioning.references.choice import Candidate
from captioning.references.one_name import with_one_name
from captioning.references.same_box import LookedFor, one_box_each
from formats.film_scan import PictureBox
from tests.captioning.references.conftest import words

HERE, NEAR, THERE = (100, 100, 200, 300), (104, 100, 204, 300), (300, 100, 400, 300)
BOTH = words(("woman_red", (0, 10)), ("lady_coat", (0, 10)))
FRAMES = (2, 5, 8)


def boxes(*rows: tuple[str, int, PictureBox, float]) -> list[Candidate]:
    return [Candidate(name, 0, frame, FoundBox(box, sure), 1.0, False) for name, frame, box, sure in rows]


def found(annotation: ClipAnnotation, candidates: list[Candidate], frames: tuple[int, ...] = FRAMES) -> dict[str, str]:
    names = [entity.id for entity in annotation.entities]
    looked = LookedFor(dict.fromkeys(names, frames), candidates)
    return {each.also: each.entity for each in one_box_each(annotation, looked)}


def in_one_box(*names: str) -> list[Candidate]:
    """The second a little beside the first."""
    places = zip(names, (HERE, NEAR, NEAR), strict=False)
    return boxes(*((name, frame, box, 0.6) for name, box in places for frame in FRAMES))


ONE_BOX = in_one_box("woman_red", "lady_coat")


def test_two_names_that_are_always_in_one_box_are_one() -> None:
    assert found(BOTH, ONE_BOX) == {"lady_coat": "woman_red"}
    (same,) = one_box_each(BOTH, LookedFor(dict.fromkeys(("woman_red", "lady_coat"), FRAMES), ONE_BOX))
    assert same.likeness == pytest.approx(96 / 104, abs=1e-4)


@pytest.mark.parametrize("name", ["woman_red", "lady_coat"])
def test_where_the_detector_sees_a_second_one_they_are_two(name: str) -> None:
    """Even where it is surer of the same one for both: it cannot say which is which."""
    assert found(BOTH, [*ONE_BOX, *boxes((name, 5, THERE, 0.3))]) == {}


def test_a_frame_in_which_one_was_not_found_tells_them_apart() -> None:
    assert found(BOTH, ONE_BOX[:-1]) == {}
    assert found(BOTH, []) == {}


def test_one_frame_is_not_enough() -> None:
    assert found(BOTH, ONE_BOX, frames=(5,)) == {}


@pytest.mark.parametrize(
    ("one", "other"), [("woman_red", "red_dress"), ("woman_red", "man_hat"), ("rider", "horse"), ("dress", "coat")]
)
def test_those_whose_words_do_not_say_that_they_are_one_stay_two(one: str, other: str) -> None:
    assert found(words((one, (0, 10)), (other, (0, 10))), in_one_box(one, other)) == {}


def test_a_sentence_that_names_both_tells_them_apart() -> None:
    event = BOTH.events[0].model_copy(update={"prompt": "{woman_red} waves at {lady_coat}."})
    assert found(BOTH.model_copy(update={"events": (event, BOTH.events[1])}), ONE_BOX) == {}


def test_of_two_events_that_are_then_the_same_one_stays() -> None:
    same = one_box_each(BOTH, LookedFor(dict.fromkeys(("woman_red", "lady_coat"), FRAMES), ONE_BOX))
    one = with_one_name(BOTH, same)
    assert [(event.entity, event.frames, event.prompt) for event in one.events] == [
        ("woman_red", (0, 10), "{woman_red} moves")
    ]
    assert len(BOTH.events) == 2


BOXES = st.sampled_from([HERE, NEAR, THERE])
ROWS = st.tuples(
    st.sampled_from(["woman_a", "woman_b", "person_c", "dog_d"]), st.sampled_from(FRAMES), BOXES, st.floats(0.2, 1)
)


@given(st.lists(ROWS, max_size=30))
def test_whoever_is_joined_was_never_seen_in_two_places(rows: list[tuple[str, int, PictureBox, float]]) -> None:
    four = words(*((name, (0, 10)) for name in ("woman_a", "woman_b", "person_c", "dog_d")))
    names = found(four, boxes(*rows))
    assert found(four, boxes(*reversed(rows))).keys() == names.keys()
    for also, entity in names.items():
        places = {box == THERE for name, _, box, _ in rows if name in (also, entity)}
        for frame in FRAMES:
            assert len({box == THERE for name, at, box, _ in rows if name in (also, entity) and at == frame}) == 1
        assert places and "dog_d" not in (also, entity)
