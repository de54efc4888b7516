"""How far a fade reaches: its hold and ramps, and what the gradual network marks beside them."""

from __future__ import annotations

from collections.abc import Sequence

from operators.fades import Hold
from operators.gradual_spans import Span

SMALL_ADDITION = 2


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return max(one[0], other[0]) < min(one[1], other[1])


def fade_range(hold: Hold, spans: Sequence[Span]) -> tuple[int, int]:
    """The hold with its ramps, longer where the network sees clearly more; no ramp reaches into another span."""
    held = hold.start, hold.end
    own = [span for span in spans if overlap((span.start, span.end), held)]
    first, last = min([hold.start, *(span.start for span in own)]), max([hold.end, *(span.end for span in own)])
    others = [span for span in spans if span not in own and overlap((span.start, span.end), (hold.first, hold.last))]
    start = first if any(span.end <= first for span in others) else hold.first
    end = last if any(span.start >= last for span in others) else hold.last
    return first if start - first > SMALL_ADDITION else start, last if last - end > SMALL_ADDITION else end


def widest_range(hold: Hold, spans: Sequence[Span]) -> tuple[int, int]:
    """The hold with its ramps and every span that touches them: what goes by comes and goes."""
    near = [span for span in spans if span.start <= hold.last and hold.first <= span.end]
    return min([hold.first, *(span.start for span in near)]), max([hold.last, *(span.end for span in near)])
