"""Lines of text in pictures, in Pillow's built-in font."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

from PIL import ImageFont

from pipeline.clip_text import one_line

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
LONGEST = 1000
"""Letters of a text that are looked at."""


def shortened(text: str, font: Font, room: float) -> str:
    """One line of at most ``room`` pixels, ended by dots where something is left out; empty where not even one letter fits."""
    line = drawable(one_line(text[:LONGEST]))
    if font.getlength(line) <= room:
        return line
    letters = bisect_right(range(len(line)), room, key=lambda n: font.getlength(line[:n] + "...")) - 1
    return line[:letters] + "..." if letters > 0 else ""


def drawable(text: str) -> str:
    """Accented letters without their accents: the built-in font has few letters beyond ASCII, and boxes say less."""
    return "".join(char if char.isascii() else _plain(char) or char for char in text)


def _plain(char: str) -> str:
    return unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
