from __future__ import annotations

import pytest

from captioning.taxonomy.nodes import PRESENT, taxonomy
from captioning.taxonomy.stated_tags import (
    CONTRAST,
    FLAT,
    GEAR,
    SPATIAL,
    STATIC,
    StatedTag,
    contradicts,
    without_orphans,
)

ACTIONS = "Events -> Types -> Actions"
NOTHING: tuple[StatedTag, ...] = ()
STILL = (StatedTag(STATIC, PRESENT),)
PAN_LEFT = (StatedTag(FLAT, "Pan left"),)
ZOOM_IN = (StatedTag(FLAT, "Zoom in"), StatedTag(FLAT, "Tilt up"))
ROLL = (StatedTag(SPATIAL, "Camera Roll"),)
SHAKE = (StatedTag(GEAR, "Handheld"),)
DULL = (StatedTag(CONTRAST, "Low"),)


@pytest.mark.parametrize(
    ("measured", "node", "value", "excluded"),
    [
        (PAN_LEFT, FLAT, "Pan left", False),
        (PAN_LEFT, FLAT, "Pan right", True),
        (PAN_LEFT, FLAT, "Zoom in", True),
        (PAN_LEFT, STATIC, PRESENT, True),
        (PAN_LEFT, SPATIAL, "Trucking", False),
        (PAN_LEFT, SPATIAL, "Push In", True),
        (ZOOM_IN, SPATIAL, "Push In", False),
        (ZOOM_IN, SPATIAL, "Pull Out", True),
        (ZOOM_IN, SPATIAL, "Dolly Zoom", False),
        (ROLL, SPATIAL, "Camera Roll", False),
        (PAN_LEFT, SPATIAL, "Camera Roll", True),
        (STILL, STATIC, PRESENT, False),
        (STILL, FLAT, "Pan left", True),
        (STILL, SPATIAL, "Crane", True),
        (STILL, GEAR, "Handheld", True),
        (STILL, GEAR, "Tripod", False),
        (SHAKE, GEAR, "Handheld", False),
        (SHAKE, GEAR, "Tripod", True),
        (SHAKE, GEAR, "Vehicle Mount", False),
        (SHAKE, STATIC, PRESENT, True),
        (DULL, CONTRAST, "High", True),
        (DULL, CONTRAST, "Low", False),
        (DULL, STATIC, PRESENT, False),
        (PAN_LEFT, CONTRAST, "High", False),
        (PAN_LEFT, "Camera -> Extrinsics -> Angle", "Low", False),
        (NOTHING, STATIC, PRESENT, False),
        (NOTHING, FLAT, "Pan left", False),
        (NOTHING, SPATIAL, "Push In", False),
        (NOTHING, CONTRAST, "High", False),
    ],
)
def test_what_was_measured_excludes_what_cannot_be_beside_it(
    measured: tuple[StatedTag, ...], node: str, value: str, excluded: bool
) -> None:
    assert taxonomy().node(node).takes(value)
    assert contradicts(StatedTag(node, value), measured) is excluded


def test_no_measured_tag_excludes_itself() -> None:
    for tags in (STILL, PAN_LEFT, ZOOM_IN, ROLL, SHAKE, DULL):
        assert not any(contradicts(tag, tags) for tag in tags)


def test_how_an_action_is_portrayed_needs_an_action() -> None:
    temporal = StatedTag(f"{ACTIONS} -> Portrayed as -> Temporal", "Causal")
    action = StatedTag(f"{ACTIONS} -> Interaction Types -> Standalone", "walks")
    feeling = StatedTag("Events -> Types -> Emotions -> Expression Types -> Explicit", "joy")
    assert without_orphans([temporal, feeling]) == ((feeling,), (temporal,))
    assert without_orphans([temporal, action, temporal]) == ((temporal, action), ())
