from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.frames.frame_choice import inside_edges
from captioning.references.entity_frames import frames_of, subjects_of
from captioning.references.settings import ReferenceSettings
from formats.exact_time import FrameRange
from tests.captioning.references.conftest import words

SETTINGS = ReferenceSettings(pictures_per_shot=4, pictures_per_entity=8)
SHOTS = ((0, 96), (96, 192))


def frames(*acts: FrameRange, shots: tuple[FrameRange, ...] = SHOTS) -> tuple[int, ...]:
    return frames_of("cat", words(*(("cat", act) for act in acts)), shots, Fraction(24), SETTINGS)


def test_a_subject_is_looked_for_where_it_acts() -> None:
    assert frames((0, 192)) == (15, 37, 58, 80, 111, 133, 154, 176)
    assert frames((0, 40)) == (15, 37)
    assert frames((0, 40), (150, 160)) == (15, 37, 154)


def test_a_short_event_between_the_chosen_frames_is_looked_at_in_its_middle() -> None:
    assert frames((40, 50)) == (45,)


@pytest.mark.parametrize("act", [(0, 3), (94, 96), (96, 98)])
def test_at_a_shots_edge_alone_nothing_is_looked_for(act: FrameRange) -> None:
    assert frames(act) == ()


@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 1200), st.integers(1, 300)), min_size=1, max_size=4),
)
def test_no_frame_is_of_a_shot_in_which_the_subject_has_no_event(
    lengths: list[int], acts: list[tuple[int, int]]
) -> None:
    borders = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    shots = tuple(pairwise(borders))
    events = [(min(a, borders[-1] - 1), min(a + n, borders[-1])) for a, n in acts]
    found = frames(*events, shots=shots)
    assert list(found) == sorted(set(found)) and len(found) <= SETTINGS.pictures_per_entity
    for frame in found:
        assert any(a <= frame < b for a, b in events)
        (shot,) = (shot for shot in shots if shot[0] <= frame < shot[1])
        inner = inside_edges(shot, Fraction(24), SETTINGS.edge_seconds)
        assert inner[0] <= frame < inner[1]


def test_places_and_those_who_do_nothing_have_no_images() -> None:
    annotation = words(("cat", (0, 9)), ("scene_wall", (0, 9)), ("dog", (0, 9)))
    quiet = annotation.model_copy(update={"events": annotation.events[:2]})
    assert [entity.id for entity in subjects_of(quiet)] == ["cat"]
