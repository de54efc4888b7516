"""What the camera mostly does, in five coarse classes, from the motion at each look; ``filter.balance`` goes by it as ``camera``.

A look shows 0.08 s in every second, so this is a hint for balancing a corpus before anything is captioned. The annotations measure
every frame (``captioning/camera_moves.py``).
"""

from __future__ import annotations

from operators.picture_motion import PictureMotion
from operators.scores.score import Score

STILL_BELOW = 0.015
"""Picture widths per second at the side of the picture."""


def _share(name: str, meaning: str) -> Score:
    return Score(
        name=f"camera_{name}",
        method="heuristic-camera-class/1",
        unit="share of the looks",
        low=0.0,
        high=1.0,
        rule="mean",
        source="ours",
        meaning=f"looks at which the camera {meaning}",
        heuristic=True,
    )


CAMERA_CLASSES: tuple[Score, ...] = (
    _share("still", f"moves by less than {STILL_BELOW} picture widths per second"),
    _share("pan", "pans more than anything else, or travels sideways"),
    _share("tilt", "tilts more than anything else, or rises or sinks"),
    _share("zoom", "zooms more than anything else, or travels in or out"),
    _share("roll", "rolls more than anything else"),
)


def camera_class_scores(motion: PictureMotion, seconds: float) -> dict[str, float]:
    """1 for the class of a motion that took ``seconds``, above 0, and 0 for the others. All axes count as far as they move a point
    at the side of the picture."""
    rates = [abs(part) / seconds for part in (motion.right, motion.down, motion.zoom / 2, motion.clockwise / 2)]
    greatest = max(range(4), key=rates.__getitem__)
    found = 0 if rates[greatest] < STILL_BELOW else greatest + 1
    return {score.name: float(number == found) for number, score in enumerate(CAMERA_CLASSES)}
