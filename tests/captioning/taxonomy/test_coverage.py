from __future__ import annotations

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captioning.taxonomy.coverage import Coverage, CoverageCounter, NodeCoverage, ValueCount, entropy
from captioning.taxonomy.main_values import main_values
from formats.clip_record import ClipRecord

FLAT = "Camera -> Trajectory -> Camera Movement -> 2D"
STATIC = "Camera -> Trajectory -> Camera Movement -> Static"
HAIR = "Setup -> Subjects -> Hair"


def covered(*records: ClipRecord) -> Coverage:
    counter = CoverageCounter()
    for record in records:
        counter.add(record)
    return counter.coverage()


def node(coverage: Coverage, path: str) -> NodeCoverage:
    return next(each for each in coverage.nodes if each.node.path == path)


def test_shots_and_clips_are_counted_by_value_and_a_repeated_tag_counts_once(tagged) -> None:
    found = covered(
        tagged((0, FLAT, "Pan left"), (1, FLAT, "Pan left"), (1, FLAT, "Pan left"), (1, FLAT, "Tilt up")),
        tagged((0, FLAT, "Pan left")),
        tagged(),
    )
    flat = node(found, FLAT)
    assert (found.clips, found.shots) == (3, 6)
    assert (flat.shots, flat.clips) == (3, 2)
    assert flat.values == (ValueCount("Pan left", 3, 2), ValueCount("Tilt up", 1, 1))
    assert flat.missing == ("Pan right", "Tilt down", "Zoom in", "Zoom out")
    assert flat.origins == (("measured", 5),)
    assert flat.entropy == pytest.approx(-0.75 * log2(0.75) - 0.25 * log2(0.25))
    assert flat.most_entropy == log2(6)


def test_a_tag_of_the_whole_clip_counts_for_every_shot(tagged) -> None:
    static = node(covered(tagged((-1, STATIC, "present"))), STATIC)
    assert static.values == (ValueCount("present", 2, 1),)
    assert (static.missing, static.entropy, static.most_entropy) == ((), 0.0, 0.0)


def test_open_values_are_one_whatever_their_case_and_spaces(tagged) -> None:
    hair = node(covered(tagged((0, HAIR, "Long  Grey"), (1, HAIR, "long grey "))), HAIR)
    assert hair.values == (ValueCount("long grey", 2, 1),)
    assert hair.missing == ()


def test_all_76_nodes_stand_there_also_those_without_a_tag(tagged) -> None:
    found = covered(tagged())
    assert len(found.nodes) == 76
    assert all(each.shots == 0 and each.missing == each.node.closed for each in found.nodes)
    assert covered().nodes == found.nodes


def test_what_the_taxonomy_does_not_have_is_counted_apart(tagged) -> None:
    found = covered(tagged((0, FLAT, "pan left"), (0, "Sound -> Loudness", "loud"), (1, "Sound -> Loudness", "loud")))
    assert found.foreign == (("Sound -> Loudness", "loud", 2), (FLAT, "pan left", 1))
    assert node(found, FLAT).shots == 0


@given(st.lists(st.integers(0, 1000), max_size=12))
def test_entropy_lies_between_one_value_for_all_and_as_many_of_each(counts: list[int]) -> None:
    assert -1e-12 <= entropy(counts) <= log2(max(1, len(counts))) + 1e-9
    assert entropy([5] * 8) == pytest.approx(3.0)
    assert entropy([7]) == entropy([]) == 0.0


def test_the_main_value_is_that_of_most_frames_then_the_taxonomys_first(tagged) -> None:
    assert main_values(tagged((0, FLAT, "Pan left"), (1, FLAT, "Tilt up"))) == {FLAT: "Tilt up"}
    assert main_values(tagged((1, FLAT, "Zoom in"), (1, FLAT, "Pan right"))) == {FLAT: "Pan right"}
    assert main_values(tagged((-1, STATIC, "present"), (0, HAIR, "B"), (0, HAIR, "a"))) == {
        STATIC: "present",
        HAIR: "a",
    }
    assert main_values(tagged((0, "Sound -> Loudness", "loud"))) == {}
