"""Questions to a model of random weights."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

from captioning.asks import Ask, AskPart, AskPicture

SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "caption": {"type": "string", "maxLength": 12},
            "mood": {"enum": ["calm", "tense"]},
            "people": {"type": "integer", "minimum": 0, "maximum": 9},
        },
        "required": ["caption", "mood", "people"],
        "additionalProperties": False,
    }
)


def picture(seed: int, width: int = 128, height: int = 72) -> AskPicture:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG")
    return AskPicture(out.getvalue(), width, height)


def ask(
    number: int = 0,
    parts: tuple[AskPart, ...] = ("What is this?",),
    schema: str = SCHEMA,
    max_tokens: int = 128,
    temperature: float = 0.0,
) -> Ask:
    return Ask(f"ask-{number}", "You describe.", parts, schema, max_tokens, temperature, seed=number)
