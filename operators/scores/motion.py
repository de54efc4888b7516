"""Motion, the camera's and the things' apart, from two frames a short time apart (``operators/picture_motion.py``)."""

from __future__ import annotations

import math

from operators.picture_motion import PictureMotion
from operators.scores.camera_class import camera_class_scores
from operators.scores.score import Score

CAMERA_MOTION = Score(
    name="camera_motion",
    method="global-motion/2",
    unit="picture widths per second",
    low=0.0,
    high=None,
    rule="mean",
    source="ours; consensus after Torr and Zisserman 2000 (MSAC)",
    meaning="speed of the picture as a whole: how fast it shifts, plus how fast its rim moves by zoom and roll",
)
OBJECT_MOTION = Score(
    name="object_motion",
    method="residual-motion/1",
    unit="picture widths per second",
    low=0.0,
    high=None,
    rule="mean",
    source="ours",
    meaning="mean speed of the textured picture against the camera's motion: a thing's own speed times the share that it "
    "fills, its outline included; what moves by less than about half a per cent of the width between two looks counts as still",
)


def motion_scores(motion: PictureMotion, seconds: float) -> dict[str, float]:
    """Of a motion that took ``seconds``, above 0, with the camera's class. Zoom and roll count at half the picture's width from
    the middle."""
    shift = math.hypot(motion.right, motion.down)
    turn = math.hypot(motion.zoom, motion.clockwise) / 2
    return {
        CAMERA_MOTION.name: math.hypot(shift, turn) / seconds,
        OBJECT_MOTION.name: motion.others / seconds,
        **camera_class_scores(motion, seconds),
    }
