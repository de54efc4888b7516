"""Tags that a model states of one shot, held against the taxonomy and against what was measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from captioning.taxonomy.nodes import ARROW, taxonomy

_MOVEMENT = "Camera -> Trajectory -> Camera Movement"
STATIC, FLAT, SPATIAL = (_MOVEMENT + ARROW + name for name in ("Static", "2D", "3D"))
GEAR = "Camera -> Trajectory -> Gear"
CONTRAST = "Setup -> Scene -> Texture -> Contrast"
_EITHER_OR = (CONTRAST, "Lighting -> Color Temperature", "Events -> Advanced Controls -> Rhythm -> Pace")
"""A measured value excludes the node's others."""

_STEADY_GEAR = frozenset(
    {"Tripod", "Pedestal", "Dolly", "Stabilizer", "Motion Control", "Steadicam", "Cranes", "Overhead Rigs"}
)
_NEEDED = {
    "Push In": frozenset({"Zoom in"}),
    "Pull Out": frozenset({"Zoom out"}),
    "Dolly Zoom": frozenset({"Zoom in", "Zoom out"}),
    "Camera Roll": frozenset({"Camera Roll"}),
}
"""What the picture's motion must show for a move through space; a push in cannot be told from a zoom in by it. Tracking,
trucking, arcs and cranes need some motion, whichever."""


@dataclass(frozen=True, order=True)
class StatedTag:
    node: str
    value: str


def contradicts(stated: StatedTag, measured: Collection[StatedTag]) -> bool:
    """Whether ``measured``, all of one shot, excludes ``stated``. Of what was not measured nothing is excluded."""
    camera = {tag.value for tag in measured if tag.node in (STATIC, FLAT, SPATIAL, GEAR)}
    still = any(tag.node == STATIC for tag in measured)
    if stated.node == STATIC:
        return bool(camera) and not still
    if stated.node == FLAT:
        return bool(camera) and stated.value not in camera
    if stated.node == SPATIAL:
        return bool(camera) and (still or not (_NEEDED.get(stated.value, camera) & camera))
    if stated.node == GEAR:
        return (still and stated.value == "Handheld") or ("Handheld" in camera and stated.value in _STEADY_GEAR)
    rivals = {tag.value for tag in measured if tag.node == stated.node and stated.node in _EITHER_OR}
    return bool(rivals) and stated.value not in rivals


def without_orphans(stated: Iterable[StatedTag]) -> tuple[tuple[StatedTag, ...], tuple[StatedTag, ...]]:
    """``(those that stand, those that hang in the air)``: the latter are of nodes that depend on an event, and no tag is of
    that event."""
    tags = tuple(dict.fromkeys(stated))
    nodes = {tag.node for tag in tags}
    known = taxonomy()
    orphans = tuple(
        tag
        for tag in tags
        if (parents := known.parents(known.node(tag.node))) and not nodes & {parent.path for parent in parents}
    )
    return tuple(tag for tag in tags if tag not in orphans), orphans
