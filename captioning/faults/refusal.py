"""A refusal, or a model that speaks of itself. A heuristic over phrases; what stands in quotation marks is not looked at,
since a sign in the picture may say anything."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"\"[^\"]{0,300}\"|“[^”]{0,300}”|(?<!\w)'[^']{0,300}'(?!\w)")
_FIRST_PERSON = (
    r"cannot|can\s+not|can't|could\s*not|couldn't|won't|will\s+not|do\s+not|don't|apologi[sz]e"
    r"|(?:am|'m|are|'re)\s+(?:sorry|unable|not|an?\s+(?:AI|language|large|visual|assistant))"
)
_REFUSAL = re.compile(
    rf"\b(?:I|we)\s*(?:{_FIRST_PERSON})\b"
    r"|\bas\s+an?\s+(?:AI|artificial\s+intelligence|(?:large\s+)?(?:vision-)?language\s+model)\b"
    r"|^(?:sorry|unfortunately|my\s+apologies|unable\s+to)\b"
    r"|\bcannot\s+be\s+determined\s+from\s+(?:the|these|this)\s+(?:image|picture|frame)s?\b"
    r"|\b(?:no|not\s+enough|insufficient)\s+(?:image|picture|frame|video|information)s?\s+(?:is|are|was|were|has\s+been)?\s*provided\b",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    return _REFUSAL.search(_QUOTED.sub(" ", text.replace("’", "'"))) is not None
