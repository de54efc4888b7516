"""Camera moves in words: the prompt of a ``{camera}`` event, and the nodes of the SCINE taxonomy that say the same.

SCINE (Stable Cinemetrics, arXiv 2509.26555) has values for pan, tilt, zoom and roll; ``Static`` is a node without
values, written as ``present``. Handheld is filed under Gear there: here it is what the picture shows, a to and fro,
not knowledge of the gear. A picture that grows may be a zoom or a dolly: the words say both, the tag is that of the 2D nodes,
which speak of the picture.
"""

from __future__ import annotations

from collections.abc import Iterator

from captioning.camera_moves import CameraMove, MoveKind

SLOW_BELOW = 0.06
QUICK_FROM = 0.35
"""Frame widths per second at the side of the frame: below the first a move is slow, from the second on it is quick."""

_PHRASES: dict[MoveKind, str] = {
    "static": "is static",
    "handheld": "is handheld",
    "unknown": "could not be measured",
    "pan_left": "pans left",
    "pan_right": "pans right",
    "tilt_up": "tilts up",
    "tilt_down": "tilts down",
    "zoom_in": "zooms or dollies in",
    "zoom_out": "zooms or dollies out",
    "roll_clockwise": "rolls clockwise",
    "roll_anticlockwise": "rolls anticlockwise",
}

_MOVEMENT = "Camera -> Trajectory -> Camera Movement"
_TAGS: dict[MoveKind, tuple[str, str]] = {
    "static": (f"{_MOVEMENT} -> Static", "present"),
    "handheld": ("Camera -> Trajectory -> Gear", "Handheld"),
    "pan_left": (f"{_MOVEMENT} -> 2D", "Pan left"),
    "pan_right": (f"{_MOVEMENT} -> 2D", "Pan right"),
    "tilt_up": (f"{_MOVEMENT} -> 2D", "Tilt up"),
    "tilt_down": (f"{_MOVEMENT} -> 2D", "Tilt down"),
    "zoom_in": (f"{_MOVEMENT} -> 2D", "Zoom in"),
    "zoom_out": (f"{_MOVEMENT} -> 2D", "Zoom out"),
    "roll_clockwise": (f"{_MOVEMENT} -> 3D", "Camera Roll"),
    "roll_anticlockwise": (f"{_MOVEMENT} -> 3D", "Camera Roll"),
}


def move_phrase(move: CameraMove) -> str:
    """``"pans left and zooms in slowly"``: the main move first, its speed last."""
    phrase = " and ".join(_PHRASES[kind] for kind in move.kinds)
    if move.kinds[0] in ("static", "handheld", "unknown"):
        return phrase
    if move.speed < SLOW_BELOW:
        return f"{phrase} slowly"
    return f"{phrase} quickly" if move.speed >= QUICK_FROM else phrase


def camera_prompt(move: CameraMove) -> str:
    return f"{{camera}} {move_phrase(move)}"


def camera_tags(moves: tuple[CameraMove, ...]) -> Iterator[tuple[str, str]]:
    """``(node, value)`` of everything the camera does in a shot, each once, in order. Static only if it is nothing
    else.
    """
    kinds = [kind for move in moves for kind in move.kinds if kind != "unknown"]
    moving = [kind for kind in kinds if kind != "static"]
    yield from dict.fromkeys(_TAGS[kind] for kind in (moving or kinds))
