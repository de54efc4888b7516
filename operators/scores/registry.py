"""Every score there is, by name."""

from __future__ import annotations

from operators.scores.bars import LETTERBOX, PILLARBOX
from operators.scores.blockiness import BLOCKINESS
from operators.scores.camera_class import CAMERA_CLASSES
from operators.scores.exposure import BRIGHTNESS, CLIPPED_BRIGHT, CLIPPED_DARK, CONTRAST
from operators.scores.frame_difference import FRAME_DIFFERENCE
from operators.scores.learned.aesthetics_choice import AESTHETICS_LAION, AESTHETICS_SIGLIP
from operators.scores.learned.classifier_choice import PREFIX, classifier_score
from operators.scores.motion import CAMERA_MOTION, OBJECT_MOTION
from operators.scores.noise import NOISE
from operators.scores.score import Score
from operators.scores.sharpness import SHARPNESS
from operators.scores.spans import BLACK_LONGEST, BLACK_SHARE, STILL_LONGEST, STILL_SHARE
from operators.scores.technical_quality import TECHNICAL_QUALITY
from operators.scores.text import TEXT_AREA

SCORES: tuple[Score, ...] = (
    TECHNICAL_QUALITY,
    CAMERA_MOTION,
    OBJECT_MOTION,
    *CAMERA_CLASSES,
    FRAME_DIFFERENCE,
    SHARPNESS,
    NOISE,
    BLOCKINESS,
    BRIGHTNESS,
    CONTRAST,
    CLIPPED_DARK,
    CLIPPED_BRIGHT,
    TEXT_AREA,
    LETTERBOX,
    PILLARBOX,
    STILL_SHARE,
    STILL_LONGEST,
    BLACK_SHARE,
    BLACK_LONGEST,
)
"""What every scan measures."""

LEARNED: tuple[Score, ...] = (AESTHETICS_LAION, AESTHETICS_SIGLIP)
"""What a scan measures if a model for it is chosen; classifiers' scores are named by the settings."""

_BY_NAME = {score.name: score for score in (*SCORES, *LEARNED)}


def score_named(name: str) -> Score:
    """Raises ``KeyError`` for a name that no score has."""
    return classifier_score(name) if name.startswith(PREFIX) else _BY_NAME[name]
