"""A question as the turns of a chat, for models that run here."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection

from PIL import Image

from captioning.asks import Ask, AskError, AskPicture
from captioning.engines.plain_words import plain_words

Part = dict[str, object]
Turn = dict[str, object]
PROBE = "Shotloom asks."


def chat_turns(
    ask: Ask, control_tokens: Collection[str], picture: Callable[[AskPicture], Part], *, system_turn: bool
) -> list[Turn]:
    """``picture`` makes the part of a picture. Without ``system_turn`` the system's words begin the user's turn."""
    system = [_words(ask.system, control_tokens)] if ask.system else []
    parts = [_words(part, control_tokens) if isinstance(part, str) else picture(part) for part in ask.parts]
    if not system_turn:
        return [_turn("user", system + parts)]
    return ([_turn("system", system)] if system else []) + [_turn("user", parts)]


def probe_turns() -> list[Turn]:
    """A chat template that knows a system's turn shows ``PROBE`` when it is given these; others fail or drop it."""
    return [_turn("system", [_words(PROBE, ())]), _turn("user", [_words("Hello", ())])]


def probe_user_turns() -> list[Turn]:
    """Every chat template for pictures shows ``PROBE`` when it is given these."""
    return [_turn("user", [_words(PROBE, ()), {"type": "image"}])]


def opened_picture(picture: AskPicture) -> Image.Image:
    """RGB. Raises ``AskError`` for what is no JPEG."""
    try:
        with Image.open(io.BytesIO(picture.jpeg), formats=("JPEG",)) as opened:
            return opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise AskError("picture_broken", f"a picture is no JPEG: {error}", passing=False) from error


def _turn(role: str, parts: list[Part]) -> Turn:
    return {"role": role, "content": parts}


def _words(text: str, control_tokens: Collection[str]) -> Part:
    return {"type": "text", "text": plain_words(text, control_tokens)}
