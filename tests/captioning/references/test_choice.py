from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from captioning.references.boxes import FoundBox, area, overlap, touches_edge
from captioning.references.choice import Candidate, choose
from formats.film_scan import PictureBox

SMALL, LARGE = (10, 10, 110, 110), (10, 10, 310, 210)


def candidate(
    entity: str = "cat",
    frame: int = 0,
    box: PictureBox = SMALL,
    confidence: float = 0.5,
    sharpness: float = 1.0,
    cut_off: bool = False,
    vector: tuple[float, ...] = (),
) -> Candidate:
    """Shots are of ten frames."""
    return Candidate(entity, frame // 10, frame, FoundBox(box, confidence), sharpness, cut_off, vector)


def taken(*candidates: Candidate, entities: tuple[str, ...] = ("cat",)) -> dict[str, Candidate]:
    choice = choose(candidates, [(entity, 1) for entity in entities], min_side=64)
    return {each.entity: each for each, _ in choice.taken}


def test_the_largest_is_taken() -> None:
    assert taken(candidate(box=SMALL), candidate(frame=1, box=LARGE))["cat"].frame == 1


def test_a_blurred_one_gives_way_to_a_sharp_one() -> None:
    assert taken(candidate(sharpness=0.1), candidate(frame=1, sharpness=0.4))["cat"].frame == 1


def test_one_that_may_go_on_outside_the_picture_counts_half() -> None:
    whole, cut = candidate(frame=1, sharpness=0.6), candidate(cut_off=True)
    assert taken(whole, cut)["cat"] == whole


def test_size_does_not_beat_certainty() -> None:
    assert taken(candidate(box=LARGE, confidence=0.3), candidate(frame=1, confidence=0.5))["cat"].frame == 1
    assert taken(candidate(box=LARGE, confidence=0.4), candidate(frame=1, confidence=0.5))["cat"].frame == 0


HER, HIM = (1.0, 0.0), (0.0, 1.0)


def test_the_image_is_of_whom_the_other_shots_show_too() -> None:
    """In one shot of three the detector took a larger, sharper stranger."""
    stranger = candidate(frame=15, box=LARGE, vector=HIM)
    found = [candidate(frame=5, vector=HER), stranger, candidate(frame=25, vector=HER, sharpness=0.9)]
    choice = choose(found, [("cat", 3)], min_side=64)
    assert choice.taken == ((found[0], 0.5),)
    assert taken(*(replace(each, vector=()) for each in found))["cat"].frame == 15


def test_within_one_shot_there_is_nothing_to_compare() -> None:
    choice = choose([candidate(vector=HER), candidate(frame=1, box=LARGE, vector=HIM)], [("cat", 2)], min_side=64)
    assert choice.taken[0][0].frame == 1 and choice.taken[0][1] == 0.0


def test_those_that_are_about_as_alike_are_told_apart_by_size() -> None:
    near = (0.96, 0.28)
    found = [
        candidate(frame=5, vector=HER),
        candidate(frame=15, vector=HER),
        candidate(frame=16, box=LARGE, vector=near),
    ]
    assert taken(*found)["cat"].frame == 16


def test_of_equals_the_earliest_is_taken() -> None:
    assert taken(candidate(frame=7), candidate(frame=3))["cat"].frame == 3


def test_one_person_is_not_two() -> None:
    """The detector gives the man's box to the woman too; in another frame she is smaller, but herself."""
    near = (12, 10, 312, 210)
    her = candidate("woman", frame=1, confidence=0.5)
    found = taken(
        candidate("man", box=LARGE, confidence=0.7),
        candidate("woman", box=near, confidence=0.6),
        her,
        entities=("woman", "man"),
    )
    assert found["man"].found.box == LARGE and found["woman"] == her


def test_why_a_subject_has_no_image_is_told() -> None:
    candidates = [
        candidate("dot", box=(10, 10, 110, 50)),
        candidate("man", confidence=0.7),
        candidate("woman", confidence=0.6),
    ]
    looked_for = [("man", 4), ("woman", 4), ("dot", 4), ("ghost", 4), ("blink", 0)]
    choice = choose(candidates, looked_for, min_side=64)
    assert [each.entity for each, _ in choice.taken] == ["man"]
    assert choice.missing == (
        ("woman", "taken_for_another"),
        ("dot", "too_small"),
        ("ghost", "no_box"),
        ("blink", "no_frame"),
    )


BOXES = st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(1, 300), st.integers(1, 300)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([0, 1, 12]),
        BOXES,
        st.sampled_from([0.3, 0.5, 0.55]),
        st.sampled_from([0.0, 0.2, 1.0]),
        st.booleans(),
        st.sampled_from([HER, HIM]),
    ),
    max_size=12,
    unique_by=lambda each: (each.entity, each.frame, each.found.box),
)


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order(candidates: list[Candidate], chance: random.Random) -> None:
    looked_for = [("a", 1), ("b", 1), ("c", 1)]
    choice = choose(candidates, looked_for, min_side=64)
    mixed = list(candidates)
    chance.shuffle(mixed)
    assert choose(mixed, looked_for, min_side=64) == choice
    assert sorted([each.entity for each, _ in choice.taken] + [entity for entity, _ in choice.missing]) == [
        "a",
        "b",
        "c",
    ]
    for one, _ in choice.taken:
        for other, _ in choice.taken:
            if one.entity != other.entity and one.frame == other.frame:
                assert overlap(one.found.box, other.found.box) < 0.7


@given(BOXES, BOXES)
def test_overlap_is_one_for_equal_boxes_and_the_same_both_ways(one: PictureBox, other: PictureBox) -> None:
    assert overlap(one, one) == 1.0
    assert 0 <= overlap(one, other) == overlap(other, one) <= min(area(one), area(other)) / max(area(one), area(other))


def test_a_box_at_the_edge_touches_it() -> None:
    assert touches_edge((0, 10, 50, 60), 100, 100) and touches_edge((10, 10, 99, 60), 100, 100)
    assert not touches_edge((2, 2, 98, 98), 100, 100)
