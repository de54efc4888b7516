"""A refusal, or a model that speaks of itself. A heuristic over phrases: the first person at the start of a sentence, with a verb
of seeing, describing or helping. What stands in quotation marks is not looked at, since a sign in the picture may say anything."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"\"[^\"]{0,300}\"|“[^”]{0,300}”|(?<!\w)'[^']{0,300}'(?!\w)")
_START = r"(?:^|[.!?…][\"'”)\]]*\s)\s*(?:(?:but|however|unfortunately|regrettably|sadly|sorry)[,;]?\s+(?:but\s+)?)?"
_CANNOT = (
    r"(?:cannot|can\s+not|can't|could\s*not|couldn't|won't|will\s+not|do\s+not|don't"
    r"|(?:am|'m|are|'re)\s+(?:unable\s+to|not\s+(?:able|allowed|permitted)\s+to))"
)
_VERB = (
    r"(?:describe|see|view|tell|say|assist|help|identify|recogni[sz]e|determine|discern|make\s+out|provide|answer|comply"
    r"|caption|analy[sz]e|access|process|generate|create|continue|fulfill?|discuss|comment|know|have|be\s+(?:sure|certain))"
)
_MODEL = r"an?\s+(?:AI|artificial\s+intelligence|(?:large\s+)?(?:vision-|visual\s+)?language\s+model)"
_REFUSAL = re.compile(
    rf"{_START}(?:I|we)\s*{_CANNOT}\s+(?:\w+\s+){{0,2}}{_VERB}\b"
    rf"|{_START}(?:I|we)\s*(?:apologi[sz]e|(?:am|'m|are|'re)\s+(?:(?:very|so|truly)\s+)?sorry|(?:am|'m)\s+(?:only\s+|just\s+)?{_MODEL})\b"
    rf"|{_START}as\s+{_MODEL}\b|\bas\s+{_MODEL}\s+(?:model|assistant)\b"
    r"|^(?:sorry\b[,.!]|my\s+apologies\b|unable\s+to\s+(?:describe|provide|process|assist|comply|generate|analy[sz]e|identify)\b)"
    r"|^unfortunately,?\s+(?:the|this|these|no|there)\s+(?:(?:is|are)\s+)?(?:no\s+)?(?:image|picture|frame|video|photo)s?\b"
    r"|\bcannot\s+be\s+determined\s+from\s+(?:the|these|this)\s+(?:image|picture|frame)s?\b"
    r"|\b(?:no|not\s+enough|insufficient)\s+(?:image|picture|frame|video|information)s?\s+(?:is|are|was|were|has\s+been)?\s*provided\b",
    re.IGNORECASE,
)


def is_refusal(text: str) -> bool:
    return _REFUSAL.search(_QUOTED.sub(" ", text.replace("’", "'"))) is not None
