"""Names of scores in settings: one that no score has is refused when the settings are read.

A clip's length goes for a score too, as ``seconds`` and as ``shots``.
"""

from __future__ import annotations

import difflib
from typing import Annotated

from pydantic import AfterValidator

LENGTHS = ("seconds", "shots")


def known_score(name: str) -> str:
    """``name``, if it is a score's or one of ``LENGTHS``. Raises ``ValueError`` otherwise.

    The registry, and the media libraries behind it, are loaded only if a name is given at all.
    """
    if name in LENGTHS:
        return name
    from operators.scores.registry import LEARNED, SCORES, score_named

    try:
        return score_named(name).name
    except KeyError:
        names = [score.name for score in (*SCORES, *LEARNED)]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f", did you mean {near[0]!r}?" if near else ";"
        raise ValueError(f"there is no score {name!r}{hint} docs/scores.md lists them") from None


ScoreName = Annotated[str, AfterValidator(known_score)]
