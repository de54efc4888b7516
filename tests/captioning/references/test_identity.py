from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from captioning.protocol import ClipAnnotation
from captioning.references.identity import Seen, one_subject_each
from captioning.references.one_name import with_one_name
from captioning.references.stored import OneSubject
from formats.clip_record import Caption
from formats.exact_time import FrameRange
from tests.captioning.references.conftest import words

SHOTS = ((0, 10), (10, 20), (20, 30), (30, 40))
HER, HIM = (1.0, 0.0), (0.0, 1.0)
LIKE_HER = (0.96, 0.28)


def seen(**vectors: Sequence[float]) -> dict[str, Seen]:
    return {name: np.array([vector]) for name, vector in vectors.items()}


def found(annotation: ClipAnnotation, vectors: dict[str, Seen], least: float = 0.9) -> dict[str, str]:
    return {each.also: each.entity for each in one_subject_each(annotation, SHOTS, vectors, least)}


def described(annotation: ClipAnnotation, *descriptions: str) -> ClipAnnotation:
    pairs = zip(annotation.entities, descriptions, strict=True)
    entities = tuple(entity.model_copy(update={"description": text}) for entity, text in pairs)
    return annotation.model_copy(update={"entities": entities})


TWO_SHOTS = words(("woman_red", (0, 10)), ("lady_coat", (10, 20)))
ALIKE = seen(woman_red=HER, lady_coat=LIKE_HER)


def test_one_person_under_two_names_in_two_shots_is_one() -> None:
    (same,) = one_subject_each(TWO_SHOTS, SHOTS, ALIKE, 0.9)
    assert same == OneSubject(entity="woman_red", also="lady_coat", likeness=0.96)


def test_the_name_that_came_first_stays_whoever_acts_first() -> None:
    later_first = words(("woman_red", (10, 20)), ("lady_coat", (0, 10)))
    assert found(later_first, ALIKE) == {"lady_coat": "woman_red"}


def test_those_that_are_not_alike_enough_stay_two() -> None:
    assert found(TWO_SHOTS, ALIKE, least=0.97) == {}
    assert found(TWO_SHOTS, seen(woman_red=HER, lady_coat=HIM)) == {}
    assert found(TWO_SHOTS, seen(woman_red=HER)) == {}


def test_two_that_act_in_one_shot_are_two_even_where_no_frame_has_both() -> None:
    assert found(words(("woman_red", (0, 5)), ("lady_coat", (5, 20))), ALIKE) == {}


def test_likeness_that_two_who_act_together_have_says_nothing() -> None:
    """Twins in the first shot: a third who is no more like one of them than they are like each other stays apart."""
    twins = words(("twin_left", (0, 10)), ("twin_right", (0, 10)), ("girl_alone", (10, 20)))
    assert found(twins, seen(twin_left=HER, twin_right=LIKE_HER, girl_alone=LIKE_HER)) == {"girl_alone": "twin_right"}
    nearer = (0.99, 0.14)
    assert found(twins, seen(twin_left=HER, twin_right=nearer, girl_alone=LIKE_HER)) == {}


def test_a_third_joins_only_if_it_is_alike_to_both() -> None:
    three = words(("woman_a", (0, 10)), ("woman_b", (10, 20)), ("woman_c", (20, 30)))
    chain = seen(woman_a=(1.0, 0.0), woman_b=(0.96, 0.28), woman_c=(0.8432, 0.5376))
    assert found(three, chain) == {"woman_b": "woman_a"}
    all_one = seen(woman_a=HER, woman_b=LIKE_HER, woman_c=HER)
    assert found(three, all_one) == {"woman_b": "woman_a", "woman_c": "woman_a"}


def test_words_tell_two_apart() -> None:
    apart = described(TWO_SHOTS, "{woman_red} is a woman in a red coat.", "{lady_coat} is a woman in a blue coat.")
    assert found(apart, ALIKE) == {}
    same = described(TWO_SHOTS, "{woman_red} is a woman in a red coat.", "{lady_coat} is a lady with a bag.")
    assert found(same, ALIKE) == {"lady_coat": "woman_red"}
    assert found(words(("woman_a", (0, 10)), ("man_b", (10, 20))), seen(woman_a=HER, man_b=HER)) == {}


def test_a_sentence_that_names_both_tells_them_apart() -> None:
    event = TWO_SHOTS.events[0]
    waving = event.model_copy(update={"prompt": "{woman_red} waves after {lady_coat}."})
    assert found(TWO_SHOTS.model_copy(update={"events": (waving, *TWO_SHOTS.events[1:])}), ALIKE) == {}


def test_every_text_has_the_name_that_stays() -> None:
    said = TWO_SHOTS.model_copy(
        update={"captions": (Caption(shot=-1, kind="summary", text="Then {lady_coat} turns.", origin="vlm"),)}
    )
    described_so = described(said, "{woman_red} is a woman.", "{lady_coat} is a lady.")
    one = with_one_name(described_so, (OneSubject(entity="woman_red", also="lady_coat", likeness=0.9),))
    assert [entity.description for entity in one.entities] == ["{woman_red} is a woman."]
    assert [(event.entity, event.prompt) for event in one.events] == [("woman_red", "{woman_red} moves")] * 2
    assert one.captions[0].text == "Then {woman_red} turns."
    assert "lady_coat" not in one.model_dump_json()
    assert with_one_name(said, ()) is said


def test_a_name_within_a_longer_one_is_left_alone() -> None:
    three = words(("woman", (0, 10)), ("lady", (10, 20)), ("lady_old", (20, 30)))
    one = with_one_name(three, (OneSubject(entity="woman", also="lady", likeness=1.0),))
    assert [event.prompt for event in one.events] == ["{woman} moves", "{woman} moves", "{lady_old} moves"]


NAMES = ("woman_a", "woman_b", "woman_c", "man_d", "cat_e")
ANGLES = st.floats(0, 1.5)


@st.composite
def clips(draw: st.DrawFn) -> tuple[ClipAnnotation, dict[str, Seen]]:
    acts: list[tuple[str, FrameRange]] = []
    vectors: dict[str, Seen] = {}
    for name in draw(st.permutations(NAMES)):
        shots = draw(st.lists(st.sampled_from(SHOTS), min_size=1, max_size=3, unique=True))
        acts += [(name, shot) for shot in sorted(shots)]
        angles = draw(st.lists(ANGLES, min_size=len(shots), max_size=len(shots)))
        vectors[name] = np.array([(np.cos(angle), np.sin(angle)) for angle in angles])
    return words(*acts), vectors


def shots_of(annotation: ClipAnnotation, name: str) -> Counter[FrameRange]:
    return Counter(event.frames for event in annotation.events if event.entity == name)


@given(clips(), st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_no_event_is_lost_moved_or_doubled_and_no_one_is_twice_in_a_shot(
    clip: tuple[ClipAnnotation, dict[str, Seen]], least: float
) -> None:
    annotation, vectors = clip
    same = one_subject_each(annotation, SHOTS, vectors, least)
    one = with_one_name(annotation, same)
    assert [event.frames for event in one.events] == [event.frames for event in annotation.events]
    assert {entity.id for entity in one.entities} == {event.entity for event in one.events}
    assert all(event.prompt.startswith(f"{{{event.entity}}}") for event in one.events)
    for entity in one.entities:
        assert max(shots_of(one, entity.id).values()) == 1
    assert all(each.likeness >= least - 1e-4 for each in same)
    kept = {each.entity for each in same}
    assert kept.isdisjoint(each.also for each in same)
    sexes = {"woman": "female", "man": "male", "cat": "cat"}
    assert all(sexes[each.entity.split("_")[0]] == sexes[each.also.split("_")[0]] for each in same)


@given(clips())
def test_who_is_one_does_not_hang_on_the_order_in_which_boxes_were_found(
    clip: tuple[ClipAnnotation, dict[str, Seen]],
) -> None:
    annotation, vectors = clip
    backwards = dict(reversed(vectors.items()))
    assert one_subject_each(annotation, SHOTS, vectors, 0.9) == one_subject_each(annotation, SHOTS, backwards, 0.9)
