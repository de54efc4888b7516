"""What is said of one shot."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from captioning.answers.schema import AnswerPart, Schema, of_length, schema_of

CAPTION_LENGTH = 900
PHRASE_LENGTH = 240
STYLE_LENGTH = 120
MOST_STYLES = 8

Framing = Literal[
    "extreme wide shot",
    "wide shot",
    "medium wide shot",
    "medium shot",
    "medium close-up",
    "close-up",
    "extreme close-up",
    "insert",
]
Angle = Literal[
    "eye level",
    "low angle",
    "high angle",
    "overhead",
    "ground level",
    "Dutch angle",
    "over the shoulder",
    "point of view",
]

Phrase = Annotated[str, Field(min_length=1, max_length=PHRASE_LENGTH)]
Style = Annotated[str, Field(max_length=STYLE_LENGTH)]


class ShotAnswer(AnswerPart):
    """``camera``: for each measured move of the camera that was told, how it is done, in a few words or none."""

    subject: Phrase
    action: Phrase
    setting: Phrase
    framing: Framing
    angle: Angle
    light: Phrase
    mood: Phrase
    caption: Annotated[str, Field(min_length=1, max_length=CAPTION_LENGTH)]
    camera: Annotated[tuple[Style, ...], Field(max_length=MOST_STYLES)]


def shot_schema(moves: int) -> Schema:
    return of_length(schema_of(ShotAnswer), "camera", moves)
