"""Characters and marks that have no place in a caption. Each function returns the text and whether there were any."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_MOST_MARKS = 2
_FENCE = re.compile(r"```[\w-]*")
_LINE_MARK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•][ \t]+|>[ \t]+)", re.MULTILINE)
_EMPHASIS = re.compile(
    r"\*{1,3}(?=\S)([^*\n]+?)(?<=\S)\*{1,3}|(?<!\w)_{1,2}(?=\S)([^_\n]+?)(?<=\S)_{1,2}(?!\w)|`([^`\n]+)`"
)
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\([^()\n]{0,300}\)")
_TAG = re.compile(
    r"</?(?:(answer|body|br|caption|div|h[1-6]|hr|html|li|ol|p|pre|script|style|table|td|think|tr|ul)"
    r"|a|b|code|em|font|i|iframe|img|s|span|strong|sub|sup|svg|u)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'^"([^"]*)"$|^“([^“”]*)”$|^\'([^\']*)\'$')
_BRACED = re.compile(r"\{([^{}]*)\}")
_SEEN = r"(?:first |video )?(?:image|picture|photo|frame|video|clip|scene|shot|footage|sequence)s?"
_PREAMBLE = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok)\b[,.!:]*\s*)?"
    r"(?:(?:here(?:'s|’s| is| are)\b[^.:\n]{0,60}:|(?:the )?(?:caption|description|answer|summary)\s*:)\s*)?"
    rf"(?:in (?:this|the|these) {_SEEN}\s*,\s*(?:we (?:can )?see\s+)?"
    rf"|(?:this|the|these) {_SEEN} (?:shows?|depicts?|features?|captures?|displays?|presents?)\s+)?",
    re.IGNORECASE,
)


def without_control(text: str) -> tuple[str, bool]:
    """In NFKC, so that look-alike braces are braces. Line ends and tabs stay; what else is no printable character goes."""
    composed = unicodedata.normalize("NFKC", text)
    kept: list[str] = []
    marks, odd = 0, False
    for character in composed:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if character in "\n\t\r" or (category[0] != "C" and marks <= _MOST_MARKS and character != "\ufffd"):
            kept.append(character)
        else:
            odd = True
    return "".join(kept), odd


def without_markdown(text: str) -> tuple[str, bool]:
    """HTML too."""
    plain = _LINE_MARK.sub("", _FENCE.sub("", _TAG.sub(lambda m: " " if m[1] else "", text)))
    plain = _LINK.sub(r"\1", plain)
    plain = _EMPHASIS.sub(lambda m: m[1] or m[2] or m[3], plain).strip()
    if match := _QUOTED.match(plain):
        plain = (match[1] or match[2] or match[3] or "").strip()
    return plain, plain != text.strip()


def without_preamble(text: str) -> tuple[str, bool]:
    rest = _PREAMBLE.sub("", text, count=1)
    if rest == text or not rest:
        return text, False
    return rest[:1].upper() + rest[1:], True


def without_stray_braces(text: str, names: Collection[str]) -> tuple[str, bool]:
    """``names`` without braces. ``{name}`` of another becomes its words, a brace that belongs to none goes."""
    pieces: list[str] = []
    at = 0
    for match in _BRACED.finditer(text):
        pieces.append(_unbraced(text[at : match.start()]))
        pieces.append(match[0] if match[1] in names else match[1].replace("_", " ").strip())
        at = match.end()
    pieces.append(_unbraced(text[at:]))
    plain = "".join(pieces)
    return plain, plain != text


def _unbraced(text: str) -> str:
    return text.replace("{", "").replace("}", "")
