"""Split: typed transitions as half-open ranges of their own frames, over-detected with confidences; thresholds come
later.

Strong cuts come first, because nothing else may reach across one; then fades, which have a hold; then dissolves and
wipes in what is left. Between transitions that overlap the more confident one stays, and a credible gradual one wins
over a cut inside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from formats.film_scan import FilmScan, FoundTransition
from operators.blends import Blend, blend_spans, fit_blend
from operators.cuts import CutEvidence, cut_confidence, cut_evidence, find_cuts
from operators.fades import Hold, find_holds
from operators.transition_window import Floats, Window

FLOOR = 0.05
CREDIBLE = 0.5
FEWEST_FRAMES = 3
LEAST_CHANGE = 0.3


class SplitSettings(BaseModel):
    """The confidence that a found transition needs to be one, per kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cut: float = Field(0.5, ge=0, le=1, description="least confidence of a hard cut")
    dissolve: float = Field(0.5, ge=0, le=1, description="least confidence of a dissolve")
    fade: float = Field(0.5, ge=0, le=1, description="least confidence of a fade through black or white")
    wipe: float = Field(0.5, ge=0, le=1, description="least confidence of a wipe")


def accepted_transitions(scan: FilmScan, settings: SplitSettings) -> tuple[FoundTransition, ...]:
    """The transitions of a scan that reach their kind's threshold, in order and without overlap. Reads no pixel."""
    least = {"cut": settings.cut, "dissolve": settings.dissolve, "fade": settings.fade, "wipe": settings.wipe}
    return disjoint(found for found in scan.transitions if found.confidence >= least[found.kind])


def disjoint(found: Iterable[FoundTransition]) -> tuple[FoundTransition, ...]:
    """Keeps the best of those that overlap or touch, and puts them in order."""
    kept: list[FoundTransition] = []
    for transition in sorted(found, key=_rank):
        if not any(_touch(transition, other) for other in kept):
            kept.append(transition)
    return tuple(sorted(kept, key=lambda transition: transition.frames))


def _rank(transition: FoundTransition) -> tuple[bool, float, tuple[int, int]]:
    credible_gradual = transition.kind != "cut" and transition.confidence >= CREDIBLE
    return not credible_gradual, -transition.confidence, transition.frames


def _touch(one: FoundTransition, other: FoundTransition) -> bool:
    return one.frames[0] <= other.frames[1] and other.frames[0] <= one.frames[1]


def find_transitions(window: Window) -> tuple[FoundTransition, ...]:
    """Everything in the window that may be a transition, disjoint and in order, frame numbers counted from the
    window's start.

    A hold that touches the window's end or start is reported as a fade up to there.
    """
    if len(window) < FEWEST_FRAMES:
        return ()
    evidence = cut_evidence(window)
    confidence = cut_confidence(window, evidence)
    cuts = find_cuts(evidence, confidence, FLOOR)
    strong = [cut for cut in cuts if confidence[cut] >= CREDIBLE]
    holds = find_holds(window, strong)
    fades = [_fade(window, evidence, hold) for hold in holds]
    found = [_cut(window, evidence, confidence, cut) for cut in cuts] + fades
    return join_near(disjoint(found + _blends(window, strong, fades)))


def join_near(found: Sequence[FoundTransition]) -> tuple[FoundTransition, ...]:
    """Makes one of credible transitions with fewer than three frames between them, if any is a fade: no shot fits
    there."""
    joined: list[FoundTransition] = []
    for transition in found:
        last = joined[-1] if joined else None
        if last is not None and _belong_together(last, transition):
            joined[-1] = _union(last, transition)
        else:
            joined.append(transition)
    return tuple(joined)


def _belong_together(one: FoundTransition, other: FoundTransition) -> bool:
    near = other.frames[0] - one.frames[1] < FEWEST_FRAMES
    credible = min(one.confidence, other.confidence) >= CREDIBLE
    return near and credible and "fade" in (one.kind, other.kind)


def _union(one: FoundTransition, other: FoundTransition) -> FoundTransition:
    longer = max((one, other), key=lambda transition: transition.frames[1] - transition.frames[0])
    frames = one.frames[0], max(one.frames[1], other.frames[1])
    return longer.model_copy(update={"frames": frames, "confidence": max(one.confidence, other.confidence)})


def _cut(window: Window, evidence: CutEvidence, confidence: Floats, at: int) -> FoundTransition:
    measured = {
        "difference": evidence.difference[at],
        "ratio": evidence.ratio[at],
        "change": evidence.change[at],
        "histogram": evidence.histogram[at],
        "single": window.single[at - 1 : at + 1].max(),
    }
    return _found("cut", at, at, float(confidence[at]), measured)


def _fade(window: Window, evidence: CutEvidence, hold: Hold) -> FoundTransition:
    """A hold of black or white needs no second opinion; how sure one is depends on how dark or flat it is held, and
    on its ramps."""
    ramps = hold.start - hold.first + hold.last - hold.end
    sure = 0.9 if ramps == 0 else 0.6 + 0.4 * hold.fit
    measured = {"hold": hold.end - hold.start, "ramps": ramps, "fit": hold.fit, **_heads(window, hold.first, hold.last)}
    return _found("fade", hold.first, hold.last, sure, measured)


def _blends(window: Window, cuts: Sequence[int], fades: Sequence[FoundTransition]) -> list[FoundTransition]:
    walls = sorted({0, len(window), *cuts, *(edge for fade in fades for edge in fade.frames)})
    found: list[FoundTransition] = []
    for start, end in [*_network_spans(window), *blend_spans(window)]:
        middle = (start + end) // 2
        low = max(wall for wall in walls if wall <= middle)
        high = min([wall for wall in walls if wall > middle], default=len(window))
        if any(fade.frames[0] <= middle < fade.frames[1] for fade in fades):
            continue
        if any(seen.confidence > 0.8 and seen.frames[0] <= middle < seen.frames[1] for seen in found):
            continue
        start, end = max(start, low + 1), min(end, high - 1)
        blend = fit_blend(window, start, end, low, high) if start < end else None
        if blend is not None:
            found.append(_blend(window, blend))
    return [each for each in found if each.confidence >= FLOOR and each.evidence["change"] >= LEAST_CHANGE]


def _network_spans(window: Window) -> list[tuple[int, int]]:
    """Runs of the all-frames head, which marks every frame of a transition."""
    marked = np.concatenate([[0], (window.many > 0.2).astype(np.int8), [0]])
    steps = np.flatnonzero(np.diff(marked))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True) if b - a >= 3]


def _blend(window: Window, blend: Blend) -> FoundTransition:
    """A logistic sum; the weights are set by hand. The network is silent on wipes, so only pictures speak of these."""
    heads = _heads(window, blend.start, blend.end)
    likely = 8 * (min(blend.change, 1.0) - 0.6) + 10 * (blend.ramp - 0.95)
    if blend.kind == "wipe":
        likely += 16 * (0.15 - blend.residual) - 1.0
    elif window.network:
        likely += 16 * (0.2 - blend.residual) + 3 * math.log((heads["many"] + 0.02) / 0.25)
    else:
        likely += 16 * (0.2 - blend.residual) - 2.0
    confidence = 1 / (1 + math.exp(-max(-20.0, min(20.0, likely))))
    measured = {"residual": blend.residual, "change": blend.change, "ramp": blend.ramp, **heads}
    return _found(blend.kind, blend.start, blend.end, confidence, measured)


def _heads(window: Window, start: int, end: int) -> dict[str, float]:
    """What the network says inside, away from what it says of a cut next door."""
    trim = 2 if end - start > 8 else 0
    inside = slice(max(0, start - 1) if trim == 0 else start + trim, end + 1 if trim == 0 else end - trim)
    return {"single": float(window.single[inside].max()), "many": float(np.quantile(window.many[inside], 0.8))}


def _found(kind: str, start: int, end: int, confidence: float, evidence: dict[str, float]) -> FoundTransition:
    rounded = {name: round(float(value), 4) for name, value in evidence.items()}
    return FoundTransition(
        kind=kind,
        frames=(start, end),
        confidence=round(min(max(confidence, 0.0), 1.0), 4),
        evidence=rounded,
    )
