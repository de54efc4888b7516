"""Text of strangers (file names, attributions, links) made harmless inside Markdown that a browser will show."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SAFE = re.compile(r"[A-Za-z0-9 ,./'-]|[^\x00-\x7f]")
_LINK = re.compile(r"https?://[A-Za-z0-9/?#!$&+,;=%._~:@-]{1,500}")
_LONGEST = 200


def one_line(text: str) -> str:
    """``text`` with a space for everything unprintable, cut after 200 characters. Not escaped."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


def plain(text: str) -> str:
    """``text`` as one line that shows exactly these characters: no markup, no link, no HTML; cut after 200."""
    escaped = "".join(letter if _SAFE.fullmatch(letter) else f"&#{ord(letter)};" for letter in one_line(text))
    return re.sub(r"(?i)(www)\.", r"\1&#46;", escaped)


def link(url: str) -> str:
    """A link for a plain web address, the escaped text for anything else."""
    return f"[{plain(url)}](<{url}>)" if _LINK.fullmatch(url) else plain(url)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; cells are Markdown already."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
