from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from captioning.camera_moves import CameraMove, MoveKind
from captioning.camera_words import camera_tags
from captioning.taxonomy.nodes import PILLARS, PRESENT, Node, Taxonomy, UnknownNodeError, checked_tag, taxonomy
from captioning.taxonomy.page import PAGE, taxonomy_page

ANGLE = "Camera -> Extrinsics -> Angle"


def test_the_pillars_have_as_many_nodes_as_the_paper_counts() -> None:
    assert {pillar: len(taxonomy().of(pillar)) for pillar in PILLARS} == {
        "Camera": 12,
        "Lighting": 10,
        "Setup": 36,
        "Events": 18,
    }
    assert len(taxonomy().nodes) == 76


def test_values_are_counted_as_in_the_papers_tables() -> None:
    """Counted by hand in tables 3 to 6."""
    kinds = [node.values if isinstance(node.values, str) else "CLOSED" for node in taxonomy().nodes]
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {"CLOSED": 44, "OPEN": 24, "PRESENCE": 8}
    closed = {pillar: sum(len(node.closed) for node in taxonomy().of(pillar)) for pillar in PILLARS}
    assert closed == {"Camera": 73, "Lighting": 30, "Setup": 65, "Events": 38}


def test_a_node_is_found_by_its_path() -> None:
    node = taxonomy().node("Camera -> Creative Intent -> Shot Size")
    assert (node.pillar, node.name, node.levels[1]) == ("Camera", "Shot Size", "Creative Intent")
    assert node.takes("Medium-Close-up")
    assert not node.takes("medium-close-up")


@pytest.mark.parametrize("path", ["", "Camera", "Camera -> Extrinsics", "Camera → Extrinsics → Angle", ANGLE + " "])
def test_what_is_no_node_is_an_error_that_helps(path: str) -> None:
    assert not taxonomy().knows(path)
    with pytest.raises(UnknownNodeError, match="there is no node"):
        taxonomy().node(path)


def test_a_near_miss_is_pointed_out() -> None:
    with pytest.raises(UnknownNodeError, match="did you mean 'Camera -> Extrinsics -> Angle'"):
        taxonomy().node("Camera -> Extrinsic -> Angle")


def test_variants_of_the_charts_are_known_but_are_no_values() -> None:
    nodes = taxonomy()
    size = nodes.node("Camera -> Creative Intent -> Shot Size")
    lamp = nodes.node("Lighting -> Sources -> Artificial/Practicals Light")
    assert "Medium-Wide" in size.variants
    assert "Strobes" in lamp.variants
    assert not size.takes("Medium-Wide")
    assert not lamp.takes("Strobes")
    assert nodes.node(ANGLE).kinds_of_value == ("Continuous Values",)
    assert not nodes.node(ANGLE).takes("Continuous Values")
    for node in nodes.nodes:
        assert not set(node.variants + node.kinds_of_value) & set(node.closed), node.path


def test_presence_and_open_nodes_take_what_they_should() -> None:
    gels = taxonomy().node("Lighting -> Advanced Controls -> Color Gels")
    hair = taxonomy().node("Setup -> Subjects -> Hair")
    assert gels.takes(PRESENT)
    assert not gels.takes("red")
    assert hair.takes("long, grey")
    assert not hair.takes(" ")


def test_dependent_nodes_name_the_events_without_which_they_mean_nothing() -> None:
    nodes = taxonomy()
    dependent = [node for node in nodes.nodes if node.depends_on]
    assert len(dependent) == 9
    assert all(nodes.parents(node) for node in dependent)
    speech = nodes.node("Events -> Types -> Dialogues -> Portrayed as -> Contextual -> Background")
    assert [node.path for node in nodes.parents(speech)] == ["Events -> Types -> Dialogues -> Type of Delivery"]
    assert nodes.parents(nodes.node(ANGLE)) == ()


def test_every_node_says_what_it_means_in_one_line() -> None:
    for node in taxonomy().nodes:
        assert 10 < len(node.means) < 100
        assert "\n" not in node.means


@pytest.mark.parametrize("kind", get_args(MoveKind))
def test_measured_camera_tags_are_values_of_the_taxonomy(kind: MoveKind) -> None:
    for path, value in camera_tags((CameraMove((0, 10), (kind,), 0.1),)):
        assert checked_tag(0, path, value, "measured").value == value


def test_a_tag_with_a_value_of_another_node_is_refused() -> None:
    with pytest.raises(ValueError, match="has no value 'Pan left'"):
        checked_tag(0, ANGLE, "Pan left", "measured")


def test_data_that_contradict_themselves_are_refused() -> None:
    one = Node(path=ANGLE, means="how the camera looks", values=("Low",))
    bad = [
        (one, one),
        (one.model_copy(update={"path": "Sound -> Volume"}),),
        (one.model_copy(update={"values": ("Low", "Low")}),),
        (one.model_copy(update={"depends_on": "Camera"}),),
    ]
    for nodes in bad:
        with pytest.raises(ValidationError):
            Taxonomy(source="a test", nodes=tuple(node.model_dump() for node in nodes))  # type: ignore[arg-type]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == taxonomy_page(), "run: python -m captioning.taxonomy.page"
